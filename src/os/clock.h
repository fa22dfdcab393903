#pragma once

#include <chrono>

namespace cfp::os {

/// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Civil time in UTC; may jump both ways.
  [[nodiscard]] virtual std::chrono::sys_time<std::chrono::microseconds> now() = 0;
  /// Never goes back; for measuring and for deadlines.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() = 0;
  virtual void sleep(std::chrono::milliseconds duration) = 0;
};

}  // namespace cfp::os
