#include "engine/answered_requests.h"

#include <gtest/gtest.h>

namespace cfp::engine {
namespace {

constexpr std::int64_t kHourUs = std::int64_t{60} * 60 * 1'000'000;

TEST(AnsweredRequests, KnowsTheLastRecordOfEach) {
  AnsweredRequests requests;
  EXPECT_FALSE(requests.find("a"));
  requests.add("a", 1, 0);
  requests.add("b", 2, 0);
  requests.add("b", 3, 0);  // of one batch
  EXPECT_EQ(requests.find("a"), 1U);
  EXPECT_EQ(requests.find("b"), 3U);
  EXPECT_FALSE(requests.find(""));
}

TEST(AnsweredRequests, ForgetsWhatIsOlderThanADay) {
  AnsweredRequests requests;
  requests.add("old", 1, 0);
  requests.add("again", 2, 0);
  requests.add("between", 3, 1);
  requests.add("again", 4, kHourUs);
  requests.add("new", 5, 24 * kHourUs);
  EXPECT_EQ(requests.find("old"), 1U) << "a day is not over";
  requests.add("newer", 6, 24 * kHourUs + 2);
  EXPECT_FALSE(requests.find("old"));
  EXPECT_FALSE(requests.find("between"));
  EXPECT_EQ(requests.find("again"), 4U);
  requests.add("last", 7, 26 * kHourUs);
  EXPECT_FALSE(requests.find("again"));
  EXPECT_EQ(requests.find("new"), 5U);
  EXPECT_EQ(requests.size(), 3U);
}

TEST(AnsweredRequests, KeepsTheNewestHundredThousand) {
  AnsweredRequests requests;
  for (std::uint64_t n = 1; n <= AnsweredRequests::kMost + 10; ++n) requests.add(std::to_string(n), n, 0);
  EXPECT_EQ(requests.size(), AnsweredRequests::kMost);
  EXPECT_FALSE(requests.find("10"));
  EXPECT_EQ(requests.find("11"), 11U);
}

}  // namespace
}  // namespace cfp::engine
