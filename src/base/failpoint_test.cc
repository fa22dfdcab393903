#include "base/failpoint.h"

#ifdef CFP_FAILPOINTS

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace cfp::base {
namespace {

void pass_first() { CFP_FAILPOINT("test.first"); }
void pass_second() {
  CFP_FAILPOINT("test.second");
  CFP_FAILPOINT("test.first");
}

TEST(Failpoint, ListsEveryNameOfTheProgramOnceAndSorted) {
  const auto names = failpoint_names();
  EXPECT_EQ(std::count(names.begin(), names.end(), "test.first"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "test.second"), 1);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

TEST(Failpoint, DoesNothingWithoutTheEnvironment) {
  pass_first();
  pass_second();
  SUCCEED();
}

// Each death test runs in a process of its own from the start, since the environment is read once.
class FailpointDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(FailpointDeathTest, KillsAtTheFirstPass) {
  const auto run = [] {
    setenv("CFP_FAILPOINT", "test.first", 1);
    pass_first();
    std::_Exit(7);
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FailpointDeathTest, KillsAtTheNamedPassAndNotBefore) {
  const auto run = [](int passes) {
    setenv("CFP_FAILPOINT", "test.first:3", 1);
    for (int i = 0; i < passes; ++i) pass_second();
    std::_Exit(7);
  };
  EXPECT_EXIT(run(2), testing::ExitedWithCode(7), "");
  EXPECT_EXIT(run(3), testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace cfp::base

#endif
