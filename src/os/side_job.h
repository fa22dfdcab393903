#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "os/background.h"

namespace cfp::os {

/// Something that is done once, beside its maker where there is a background that runs it in time: whoever waits for a
/// job that has not begun does it himself. The destructor waits for one that has begun.
/// Threads: one, beside its own task.
class SideJob {
 public:
  /// Without a background `finish` does it.
  SideJob(Background* background, std::string name, std::function<void()> job);

  /// Returns once it is done; throws what it threw.
  void finish();

 private:
  enum class State { waiting, running, done };
  bool begin();
  void run() noexcept;

  const std::function<void()> job_;
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::waiting;
  std::exception_ptr failure_;
  std::unique_ptr<BackgroundTask> task_;  // last: its destructor waits for a running step
};

}  // namespace cfp::os
