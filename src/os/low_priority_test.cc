#include "os/low_priority.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <stdexcept>
#include <thread>

namespace cfp::os {
namespace {

int nice_of_this_thread() { return ::getpriority(PRIO_PROCESS, 0); }

TEST(LowPriority, IsOfTheWorkAndOfItsThreadsButNotOfTheCaller) {
  const int before = nice_of_this_thread();
  int of_started = 0;
  const int of_work = with_low_priority([&] {
    std::thread([&] { of_started = nice_of_this_thread(); }).join();
    return nice_of_this_thread();
  });
  EXPECT_EQ(of_work, 19);
  EXPECT_EQ(of_started, 19);
  EXPECT_EQ(nice_of_this_thread(), before);
}

TEST(LowPriority, HandsOnWhatTheWorkThrows) {
  EXPECT_THROW(with_low_priority([]() -> int { throw std::runtime_error("why"); }), std::runtime_error);
}

}  // namespace
}  // namespace cfp::os
