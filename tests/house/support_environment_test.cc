// What the clock and the background without threads promise to the tests that stand on them.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/simulated_environment.h"

namespace cfp::support {
namespace {

using std::chrono::milliseconds;

TEST(SimulatedClock, StandsStillUnlessToldOtherwise) {
  SimulatedClock clock;
  const auto now = clock.now();
  const auto steady = clock.steady_now();
  EXPECT_EQ(clock.now(), now);
  EXPECT_EQ(clock.steady_now(), steady);
  clock.sleep(milliseconds(5));
  EXPECT_EQ(clock.now() - now, milliseconds(5));
  EXPECT_EQ(clock.steady_now() - steady, milliseconds(5));
  clock.set_now(now - std::chrono::hours(24));
  EXPECT_EQ(now - clock.now(), std::chrono::hours(24));
  EXPECT_EQ(clock.steady_now() - steady, milliseconds(5));
}

TEST(SimulatedClock, MayGoOnAtEachLook) {
  SimulatedClock clock(SimulatedClock::Micros{}, milliseconds(2));
  const auto first = clock.steady_now();
  EXPECT_EQ(clock.steady_now() - first, milliseconds(2));
  EXPECT_EQ(clock.steady_now() - first, milliseconds(4));
}

class SteppedBackgroundTest : public ::testing::Test {
 protected:
  std::unique_ptr<os::BackgroundTask> start(const std::string& name) {
    return background_.start(name, milliseconds(1), [this, name] {
      ran_.push_back(name);
      return milliseconds(7);
    });
  }

  SteppedBackground background_;
  std::vector<std::string> ran_;
};

TEST_F(SteppedBackgroundTest, RunsNothingByItself) {
  const auto a = start("a");
  a->wake();
  EXPECT_TRUE(ran_.empty());
  EXPECT_TRUE(background_.is_woken("a"));
}

TEST_F(SteppedBackgroundTest, RunsTheWokenOnceHoweverOftenTheyWereWoken) {
  const auto a = start("a");
  const auto b = start("b");
  b->wake();
  b->wake();
  EXPECT_EQ(background_.run_woken(), 1U);
  EXPECT_EQ(background_.run_woken(), 0U);
  EXPECT_EQ(ran_, std::vector<std::string>{"b"});
}

TEST_F(SteppedBackgroundTest, RunsAllInOrderOrTheOneThatIsChosen) {
  const auto a = start("a");
  const auto b = start("b");
  EXPECT_EQ(background_.run_all(), 2U);
  EXPECT_TRUE(background_.run_one(3));
  EXPECT_TRUE(background_.run("a"));
  EXPECT_FALSE(background_.run("c"));
  EXPECT_EQ(ran_, (std::vector<std::string>{"a", "b", "b", "a"}));
}

TEST_F(SteppedBackgroundTest, TellsThePauseThatATaskAskedFor) {
  const auto a = start("a");
  EXPECT_EQ(background_.pause("a"), milliseconds(1));
  background_.run("a");
  EXPECT_EQ(background_.pause("a"), milliseconds(7));
}

TEST_F(SteppedBackgroundTest, RunsNoStepOfATaskThatEnded) {
  auto a = start("a");
  std::unique_ptr<os::BackgroundTask> b;
  const auto ender = background_.start("ender", milliseconds(0), [&] {
    b.reset();
    return milliseconds(0);
  });
  b = start("b");
  a.reset();
  EXPECT_EQ(background_.run_all(), 1U);
  EXPECT_TRUE(ran_.empty());
  EXPECT_EQ(background_.tasks(), 1U);
}

TEST_F(SteppedBackgroundTest, RunsAgainATaskThatWakesItself) {
  os::BackgroundTask* self = nullptr;
  int steps = 0;
  const auto task = background_.start("t", milliseconds(0), [&] {
    if (++steps < 3) self->wake();
    return milliseconds(0);
  });
  self = task.get();
  self->wake();
  while (background_.run_woken() != 0) {
  }
  EXPECT_EQ(steps, 3);
}

TEST_F(SteppedBackgroundTest, MakesAnEnvironmentTogetherWithDiskAndClock) {
  SimulatedDisk disk(1);
  SimulatedClock clock;
  const os::Environment environment = make_simulated_environment(disk, clock, background_);
  environment.clock->sleep(milliseconds(3));
  EXPECT_EQ(environment.clock->now(), clock.now());
  environment.open_base_directory("/store")->open("a", os::OpenMode::create)->write(0, "x");
  EXPECT_EQ(disk.content("/store/a"), "x");
  const auto task = environment.background->start("t", milliseconds(0), [] { return milliseconds(0); });
  EXPECT_EQ(background_.tasks(), 1U);
}

}  // namespace
}  // namespace cfp::support
