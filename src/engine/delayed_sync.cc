#include "engine/delayed_sync.h"

#include <utility>

namespace cfp::engine {

DelayedSync::DelayedSync(os::Background& background, std::chrono::milliseconds delay, std::function<void()> sync)
    : background_(background), delay_(delay), sync_(std::move(sync)) {}

void DelayedSync::prepare() {
  if (is_prepared_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(mutex_);
  if (is_prepared_) return;
  task_ = background_.start("cfp-sync", os::kUntilWoken, [this] { return step(); });
  is_prepared_.store(true, std::memory_order_release);
}

void DelayedSync::notice() noexcept {
  State expected = State::idle;
  if (!state_.compare_exchange_strong(expected, State::noticed)) return;  // one is on its way
  const std::lock_guard lock(mutex_);
  if (task_) task_->wake();
}

void DelayedSync::stop() noexcept {
  std::unique_ptr<os::BackgroundTask> task;
  {
    const std::lock_guard lock(mutex_);
    is_prepared_ = true;  // for good: whoever comes late is refused by the log
    task = std::move(task_);
  }
}

std::chrono::milliseconds DelayedSync::step() {
  State expected = State::noticed;
  if (state_.compare_exchange_strong(expected, State::counting)) return delay_;
  if (expected == State::idle) return os::kUntilWoken;
  state_ = State::idle;  // before the sync: a write that it does not reach counts anew
  sync_();
  return state_ == State::idle ? os::kUntilWoken : std::chrono::milliseconds::zero();
}

}  // namespace cfp::engine
