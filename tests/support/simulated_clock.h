#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "os/clock.h"

namespace cfp::support {

/// A clock that stands still unless told: `set_now` moves civil time both ways, `advance` and `sleep` move both times,
/// and each call of steady_now may add a fixed step, so that waiting in a loop comes to an end.
/// Threads: any.
class SimulatedClock final : public os::Clock {
 public:
  using Micros = std::chrono::sys_time<std::chrono::microseconds>;

  explicit SimulatedClock(Micros now = Micros(std::chrono::sys_days(std::chrono::year(2025) / 1 / 15)),
                          std::chrono::microseconds step_of_steady_now = std::chrono::microseconds(0))
      : now_(now.time_since_epoch().count()), step_(step_of_steady_now.count()) {}

  Micros now() override { return Micros(std::chrono::microseconds(now_.load())); }
  std::chrono::steady_clock::time_point steady_now() override {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(steady_.fetch_add(step_)));
  }
  void sleep(std::chrono::milliseconds duration) override { advance(duration); }

  void set_now(Micros now) { now_ = now.time_since_epoch().count(); }
  void advance(std::chrono::microseconds duration) {
    now_ += duration.count();
    steady_ += duration.count();
  }

 private:
  std::atomic<std::int64_t> now_;
  std::atomic<std::int64_t> steady_{1'000'000'000};
  const std::int64_t step_;
};

}  // namespace cfp::support
