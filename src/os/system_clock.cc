#include "os/system_clock.h"

#include <thread>

namespace cfp::os {
namespace {

class SystemClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  std::chrono::steady_clock::time_point steady_now() override { return std::chrono::steady_clock::now(); }
  void sleep(std::chrono::milliseconds duration) override { std::this_thread::sleep_for(duration); }
};

}  // namespace

std::unique_ptr<Clock> make_system_clock() { return std::make_unique<SystemClock>(); }

}  // namespace cfp::os
