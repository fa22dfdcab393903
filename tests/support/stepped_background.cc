#include "support/stepped_background.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cfp::support {

/// What `start` gives; ends the task.
class SteppedBackground::Handle final : public os::BackgroundTask {
 public:
  Handle(SteppedBackground& background, std::shared_ptr<Task> task) : background_(background), task_(std::move(task)) {}
  ~Handle() override {
    task_->ended = true;
    std::erase(background_.tasks_, task_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  void wake() override { task_->woken = true; }

 private:
  SteppedBackground& background_;
  std::shared_ptr<Task> task_;
};

std::unique_ptr<os::BackgroundTask> SteppedBackground::start(std::string name, std::chrono::milliseconds first_pause,
                                                             os::BackgroundTask::Step step) {
  auto task = std::make_shared<Task>();
  task->name = std::move(name);
  task->step = std::move(step);
  task->pause = first_pause;
  tasks_.push_back(task);
  return std::make_unique<Handle>(*this, std::move(task));
}

/// A step before it in the same round may have ended the task.
bool SteppedBackground::run_step(Task& task) {
  if (task.ended) return false;
  task.woken = false;
  task.pause = task.step();
  return true;
}

bool SteppedBackground::run_one(std::uint64_t choice) {
  if (tasks_.empty()) return false;
  const auto task = tasks_[choice % tasks_.size()];
  return run_step(*task);
}

bool SteppedBackground::run(std::string_view name) {
  const auto named = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& task) { return task->name == name; });
  if (named == tasks_.end()) return false;
  const auto task = *named;
  return run_step(*task);
}

std::size_t SteppedBackground::run_woken() {
  auto woken = tasks_;
  std::erase_if(woken, [](const auto& task) { return !task->woken; });
  std::size_t ran = 0;
  for (const auto& task : woken) ran += run_step(*task) ? 1U : 0U;
  return ran;
}

std::size_t SteppedBackground::run_all() {
  const auto all = tasks_;
  std::size_t ran = 0;
  for (const auto& task : all) ran += run_step(*task) ? 1U : 0U;
  return ran;
}

const SteppedBackground::Task* SteppedBackground::find(std::string_view name) const {
  for (const auto& task : tasks_) {
    if (task->name == name) return task.get();
  }
  return nullptr;
}

bool SteppedBackground::is_woken(std::string_view name) const {
  const Task* const task = find(name);
  return task != nullptr && task->woken;
}

std::chrono::milliseconds SteppedBackground::pause(std::string_view name) const {
  const Task* const task = find(name);
  if (task == nullptr) throw std::invalid_argument("no task of that name: " + std::string(name));
  return task->pause;
}

}  // namespace cfp::support
