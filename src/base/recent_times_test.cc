#include "base/recent_times.h"

#include <gtest/gtest.h>

namespace cfp::base {
namespace {

TEST(RecentTimes, GiveTheShareThatWasAskedFor) {
  RecentTimes times;
  EXPECT_EQ(times.quantile_seconds(0.5), 0);
  for (int i = 1; i <= 100; ++i) times.add(std::chrono::milliseconds(i));
  EXPECT_NEAR(times.quantile_seconds(0.5), 0.051, 1e-9);
  EXPECT_NEAR(times.quantile_seconds(0.99), 0.1, 1e-9);
  for (int i = 0; i < 1024; ++i) times.add(std::chrono::milliseconds(7));
  EXPECT_NEAR(times.quantile_seconds(0), 0.007, 1e-9);  // the old ones are forgotten
}

TEST(RecentTimes, CountAndSumAllOfThem) {
  RecentTimes times;
  EXPECT_EQ(times.count(), 0U);
  for (int i = 0; i < 2000; ++i) times.add(std::chrono::milliseconds(3));
  EXPECT_EQ(times.count(), 2000U);
  EXPECT_NEAR(times.total_seconds(), 6, 1e-6);
}

}  // namespace
}  // namespace cfp::base
