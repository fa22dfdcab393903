#include "wal/signal.h"

#include <emmintrin.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace cfp::wal {
namespace {

class SignalTest : public testing::TestWithParam<bool> {};

TEST_P(SignalTest, ThatWasGivenBeforeIsNotWaitedFor) {
  Signal signal;
  signal.give();
  signal.wait(GetParam());
}

TEST_P(SignalTest, WakesWhoHasFallenAsleep) {
  Signal signal;
  int told = 0;
  std::thread waiter([&] {
    signal.wait(GetParam());
    EXPECT_EQ(told, 1) << "it was given after this";
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // longer than anybody looks for it
  told = 1;
  signal.give();
  waiter.join();
}

/// Whenever it is given: while nobody waits, while somebody looks, while he falls asleep. Lost once, this hangs.
TEST_P(SignalTest, IsNeverLost) {
  constexpr std::size_t kRounds = 100'000;
  std::vector<Signal> there(kRounds), back(kRounds);
  std::thread other([&] {
    for (std::size_t i = 0; i < kRounds; ++i) {
      there[i].wait(GetParam());
      back[i].give();
    }
  });
  for (std::size_t i = 0; i < kRounds; ++i) {
    for (std::size_t pauses = i % 97; pauses > 0; --pauses) _mm_pause();
    there[i].give();
    back[i].wait(GetParam());
  }
  other.join();
}

INSTANTIATE_TEST_SUITE_P(LookingOrNot, SignalTest, testing::Bool());

}  // namespace
}  // namespace cfp::wal
