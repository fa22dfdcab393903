#include "os/side_job.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>

#include "os/thread_background.h"
#include "support/stepped_background.h"

namespace cfp::os {
namespace {

TEST(SideJob, RunsBesideItsMaker) {
  const auto background = make_thread_background();
  std::promise<std::thread::id> ran;
  SideJob job(background.get(), "job", [&] { ran.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
  job.finish();
}

TEST(SideJob, IsDoneOnceByWhoWaitsForItWhereNobodyElseDoes) {
  support::SteppedBackground background;
  for (os::Background* const each :
       {static_cast<os::Background*>(nullptr), static_cast<os::Background*>(&background)}) {
    int times = 0;
    SideJob job(each, "job", [&] { ++times; });
    EXPECT_EQ(times, 0);
    job.finish();
    job.finish();
    background.run_all();
    EXPECT_EQ(times, 1);
  }
}

TEST(SideJob, HandsOnWhatItThrew) {
  const auto background = make_thread_background();
  for (os::Background* const each : {static_cast<os::Background*>(nullptr), background.get()}) {
    SideJob job(each, "job", [] { throw std::runtime_error("failed"); });
    EXPECT_THROW(job.finish(), std::runtime_error);
  }
}

TEST(SideJob, IsNotBegunAnyMoreOnceItsMakerHasGone) {
  support::SteppedBackground background;
  int times = 0;
  {
    const SideJob job(&background, "job", [&] { ++times; });
  }
  background.run_all();
  EXPECT_EQ(times, 0);
}

}  // namespace
}  // namespace cfp::os
