#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "os/background.h"

namespace cfp::support {

/// Background tasks without threads: a step runs when the test says so, on the test's thread. Time plays no part.
/// Threads: one; `wake` from any. Must outlive its tasks.
class SteppedBackground final : public os::Background {
 public:
  std::unique_ptr<os::BackgroundTask> start(std::string name, std::chrono::milliseconds first_pause,
                                            os::BackgroundTask::Step step) override;

  /// One step of the task that `choice` (of a seed) picks among all; false when there is none.
  bool run_one(std::uint64_t choice);
  /// One step of that name; false when there is none.
  bool run(std::string_view name);
  /// One step of each task that is woken now, in the order of their start. Returns how many ran.
  std::size_t run_woken();
  /// One step of each task, in the order of their start. Returns how many ran.
  std::size_t run_all();

  [[nodiscard]] std::size_t tasks() const noexcept { return tasks_.size(); }
  [[nodiscard]] bool is_woken(std::string_view name) const;
  /// What the last step of that name returned, or its first pause.
  [[nodiscard]] std::chrono::milliseconds pause(std::string_view name) const;

 private:
  class Handle;
  struct Task {
    std::string name;
    os::BackgroundTask::Step step;
    std::chrono::milliseconds pause;
    std::atomic<bool> woken{false};
    bool ended = false;
  };
  static bool run_step(Task& task);
  [[nodiscard]] const Task* find(std::string_view name) const;

  std::vector<std::shared_ptr<Task>> tasks_;
};

}  // namespace cfp::support
