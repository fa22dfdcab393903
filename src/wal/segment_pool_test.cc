#include "wal/segment_pool.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <system_error>

#include "support/simulated_log.h"
#include "support/system_errors.h"

namespace cfp::wal {
namespace {

using support::Call;
using support::Repeat;
using support::SimulatedLog;
using Names = std::vector<std::string>;

TEST(SegmentPool, KeepsOneSegmentReady) {
  SimulatedLog log;
  SegmentPool pool(*log.date, log.background, 4096, 7);
  log.background.run("cfp-segments");
  EXPECT_EQ(log.names(), Names{"wal_000007.jsonl.new"});
  log.disk.record_trace();
  const auto segment = pool.take();
  EXPECT_EQ(log.disk.trace().size(), 2U);  // a rename and its sync: that is what it is for
  EXPECT_EQ(segment.number, 7U);
  EXPECT_EQ(log.names(), Names{"wal_000007.jsonl"});
  EXPECT_EQ(log.content("wal_000007.jsonl"), std::string(4096, '\0'));
  EXPECT_TRUE(log.background.is_woken("cfp-segments"));
  log.background.run_woken();
  EXPECT_EQ(log.names(), (Names{"wal_000007.jsonl", "wal_000008.jsonl.new"}));
}

TEST(SegmentPool, MakesASegmentAtOnceWhenNoneIsReady) {
  SimulatedLog log;
  SegmentPool pool(*log.date, log.background, 4096, 1);
  EXPECT_EQ(pool.take().number, 1U);
  EXPECT_EQ(pool.take().number, 2U);
  EXPECT_EQ(log.names(), (Names{"wal_000001.jsonl", "wal_000002.jsonl"}));
}

TEST(SegmentPool, LeavesNothingReadyBehindWhenItCloses) {
  SimulatedLog log;
  {
    SegmentPool pool(*log.date, log.background, 4096, 1);
    log.background.run_all();
    pool.close();
    EXPECT_EQ(log.names(), Names{});
    EXPECT_EQ(log.background.tasks(), 0U);
  }
  EXPECT_EQ(log.names(), Names{});
}

TEST(SegmentPool, LeavesNothingBehindOfASegmentThatItCouldNotMake) {
  for (const Call call : {Call::allocate, Call::sync}) {
    SimulatedLog log;
    SegmentPool pool(*log.date, log.background, 4096, 1);
    log.disk.fail_at(1, ENOSPC, Repeat::once, {call});
    log.background.run_all();
    EXPECT_EQ(log.names(), Names{});
    EXPECT_EQ(pool.take().number, 1U);
    EXPECT_EQ(log.content("wal_000001.jsonl").size(), 4096U);
  }
}

TEST(SegmentPool, ReplacesALeftoverOfTheSameName) {
  SimulatedLog log;
  log.put("wal_000001.jsonl.new", "half made");
  SegmentPool pool(*log.date, log.background, 4096, 1);
  static_cast<void>(pool.take());
  EXPECT_EQ(log.content("wal_000001.jsonl"), std::string(4096, '\0'));
}

TEST(SegmentPool, GivesUpANumberWhoseNameMayNotBeDurable) {
  SimulatedLog log;
  SegmentPool pool(*log.date, log.background, 4096, 1);
  log.disk.fail_at(1, EIO, Repeat::once, {Call::sync_directory});
  EXPECT_EQ(support::error_of([&] { static_cast<void>(pool.take()); }), EIO);
  EXPECT_EQ(pool.take().number, 2U);
  EXPECT_EQ(log.names(), Names{"wal_000002.jsonl"});
}

}  // namespace
}  // namespace cfp::wal
