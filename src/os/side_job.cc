#include "os/side_job.h"

#include <utility>

namespace cfp::os {

SideJob::SideJob(Background* background, std::string name, std::function<void()> job) : job_(std::move(job)) {
  if (background == nullptr) return;
  task_ = background->start(std::move(name), std::chrono::milliseconds(0), [this] {
    if (begin()) run();
    return kUntilWoken;
  });
}

bool SideJob::begin() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::waiting) return false;
  state_ = State::running;
  return true;
}

void SideJob::run() noexcept {
  try {
    job_();
  } catch (...) {
    failure_ = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  state_ = State::done;
  changed_.notify_all();
}

void SideJob::finish() {
  if (begin()) run();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return state_ == State::done; });
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace cfp::os
