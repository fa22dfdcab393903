#include "support/simulated_environment.h"

#include <utility>

namespace cfp::support {
namespace {

class BorrowedClock final : public os::Clock {
 public:
  explicit BorrowedClock(os::Clock& clock) : clock_(clock) {}
  std::chrono::sys_time<std::chrono::microseconds> now() override { return clock_.now(); }
  std::chrono::steady_clock::time_point steady_now() override { return clock_.steady_now(); }
  void sleep(std::chrono::milliseconds duration) override { clock_.sleep(duration); }

 private:
  os::Clock& clock_;
};

class BorrowedBackground final : public os::Background {
 public:
  explicit BorrowedBackground(os::Background& background) : background_(background) {}
  std::unique_ptr<os::BackgroundTask> start(std::string name, std::chrono::milliseconds first_pause,
                                            os::BackgroundTask::Step step) override {
    return background_.start(std::move(name), first_pause, std::move(step));
  }

 private:
  os::Background& background_;
};

}  // namespace

os::Environment make_simulated_environment(SimulatedDisk& disk, SimulatedClock& clock, SteppedBackground& background) {
  disk.set_time([&clock] { return clock.now(); });
  return {std::make_unique<BorrowedClock>(clock), std::make_unique<BorrowedBackground>(background),
          [&disk](const std::filesystem::path& path) { return disk.open_base_directory(path); }};
}

}  // namespace cfp::support
