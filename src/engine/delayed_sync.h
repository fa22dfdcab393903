#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "os/background.h"

namespace cfp::engine {

/// Syncs what was only written, some time after the first such write: the window of Durability::interval. Its task
/// begins with the first write.
/// Threads: any; `stop` one at a time.
class DelayedSync {
 public:
  /// `sync` must not throw.
  DelayedSync(os::Background& background, std::chrono::milliseconds delay, std::function<void()> sync);

  /// Before the first write, and before any other. Throws std::system_error when there is no thread to be had.
  void prepare();
  /// After a write.
  void notice() noexcept;
  /// Waits for a running sync; none comes after it.
  void stop() noexcept;

 private:
  std::chrono::milliseconds step();

  enum class State : std::uint8_t { idle, noticed, counting };

  os::Background& background_;
  const std::chrono::milliseconds delay_;
  const std::function<void()> sync_;
  std::atomic<State> state_{State::idle};
  std::atomic<bool> is_prepared_{false};
  std::mutex mutex_;
  std::unique_ptr<os::BackgroundTask> task_;  // last: its step uses all of the above
};

}  // namespace cfp::engine
