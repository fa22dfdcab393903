#include "base/at_once.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace cfp::base {
namespace {

TEST(AtOnce, ReturnsWhatBothReturnAndTheSecondIsDoneByAnotherThread) {
  const auto own = std::this_thread::get_id();
  const auto [first, second] =
      at_once([] { return std::this_thread::get_id(); }, [] { return std::this_thread::get_id(); });
  EXPECT_EQ(first, own);
  EXPECT_NE(second, own);
}

TEST(AtOnce, ThrowsWhatEitherThrowsOnceBothHaveEnded) {
  std::atomic<int> ended{0};
  const auto good = [&] { return ++ended; };
  const auto bad = [&]() -> int {
    ++ended;
    throw std::runtime_error("no");
  };
  EXPECT_THROW(at_once(bad, good), std::runtime_error);
  EXPECT_EQ(ended, 2);
  EXPECT_THROW(at_once(good, bad), std::runtime_error);
  EXPECT_EQ(ended, 4);
}

}  // namespace
}  // namespace cfp::base
