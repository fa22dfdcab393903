#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace cfp::os {

/// A step that runs again and again beside the callers: by itself after the pause that it returned, or soon after
/// `wake`. It must not throw. The destructor waits for a running step; no step starts after it.
/// Threads: `wake` from any thread, also from within the step.
class BackgroundTask {
 public:
  using Step = std::function<std::chrono::milliseconds()>;
  virtual ~BackgroundTask() = default;
  virtual void wake() = 0;
};

/// The pause of a step that has nothing to do unless it is woken.
inline constexpr std::chrono::milliseconds kUntilWoken = std::chrono::hours(1);

/// Where background tasks run: each on a thread of its own, or in tests on the caller's thread in a seed's order.
class Background {
 public:
  virtual ~Background() = default;
  /// The first step runs after `first_pause`, or when woken.
  virtual std::unique_ptr<BackgroundTask> start(std::string name, std::chrono::milliseconds first_pause,
                                                BackgroundTask::Step step) = 0;
};

}  // namespace cfp::os
