#include "flush/flusher.h"

#include <gtest/gtest.h>

#include "support/flusher_on_fakes.h"

namespace cfp::flush {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::FlusherOnFakes;

constexpr const char* kTask = "cfp-flusher";

TEST(Flusher, MovesRecordsOnceThereAreEnough) {
  FlusherOnFakes world({.batch_size = 3});
  world.flusher.start(world.background);
  world.store("a");
  world.store("a");
  EXPECT_FALSE(world.background.is_woken(kTask));
  world.store("b");
  EXPECT_TRUE(world.background.is_woken(kTask));
  world.background.run_woken();
  EXPECT_EQ(world.history(), "a:1 a:2 b:1 ");
  EXPECT_EQ(world.flusher.numbers().history_watermark, 3U);
  EXPECT_EQ(world.flusher.numbers().latest_watermark, 0U);
  world.store("c");
  EXPECT_FALSE(world.background.is_woken(kTask));
}

TEST(Flusher, LetsBatchesThatComeFastShareATransaction) {
  FlusherOnFakes world({.batch_size = 2});
  world.flusher.start(world.background);
  const auto store_batches = [&](int count) {
    for (int i = 0; i < 2 * count; ++i) world.store("a");
  };
  store_batches(1);
  world.background.run_woken();
  store_batches(1);
  world.background.run_woken();
  EXPECT_EQ(world.flusher.numbers().history_watermark, 2U);
  EXPECT_EQ(world.background.pause(kTask), milliseconds(100));
  store_batches(1);
  world.clock.advance(milliseconds(100));
  world.background.run(kTask);
  EXPECT_EQ(world.flusher.numbers().history_watermark, 6U);
  // But no more of them than sixteen.
  store_batches(15);
  world.background.run_woken();
  EXPECT_EQ(world.flusher.numbers().history_watermark, 6U);
  store_batches(1);
  world.background.run_woken();
  EXPECT_EQ(world.flusher.numbers().history_watermark, 38U);
}

TEST(Flusher, MovesRecordsAtItsInterval) {
  FlusherOnFakes world({.flush_interval = seconds(30), .latest_interval = seconds(300)});
  world.flusher.start(world.background);
  EXPECT_EQ(world.background.pause(kTask), seconds(30));
  world.store("a");
  EXPECT_FALSE(world.background.is_woken(kTask));
  world.clock.advance(seconds(30));
  world.background.run(kTask);
  EXPECT_EQ(world.history(), "a:1 ");
  EXPECT_EQ(world.background.pause(kTask), seconds(30));
}

TEST(Flusher, BringsLatestUpToDateAtItsOwnInterval) {
  FlusherOnFakes world({.flush_interval = seconds(30), .latest_interval = seconds(70)});
  world.flusher.start(world.background);
  world.store("a");
  world.clock.advance(seconds(60));
  world.background.run(kTask);
  EXPECT_EQ(world.latest(), "");
  EXPECT_EQ(world.background.pause(kTask), seconds(10));
  world.clock.advance(seconds(10));
  world.background.run(kTask);
  EXPECT_EQ(world.latest(), "a:1 ");
  EXPECT_EQ(world.unflushed.bytes(), 0U);
}

TEST(Flusher, BringsLatestUpToDateWhenAQuarterOfTheRoomIsTaken) {
  FlusherOnFakes world({.batch_size = 1'000'000}, 100'000);
  world.flusher.start(world.background);
  while (world.unflushed.bytes() * 4 < 100'000) world.store("a");
  EXPECT_TRUE(world.background.is_woken(kTask));
  world.background.run_woken();
  EXPECT_EQ(world.unflushed.bytes(), 0U);
  EXPECT_EQ(world.flusher.numbers().latest_watermark, world.unflushed.last_sequence());
}

TEST(Flusher, MovesRecordsByCall) {
  FlusherOnFakes world;
  world.store("a");
  world.flusher.flush();
  EXPECT_EQ(world.history(), "a:1 ");
  EXPECT_EQ(world.latest(), "");
  EXPECT_EQ(world.unflushed.count_after(0), 1U);  // latest lacks it
  world.store("b");
  world.flusher.update_latest();
  EXPECT_EQ(world.latest(), "a:1 b:1 ");
  EXPECT_EQ(world.unflushed.count_after(0), 0U);
  world.flusher.flush();
  world.flusher.update_latest();
  EXPECT_EQ(world.history(), "a:1 b:1 ");
}

TEST(Flusher, CountsVersionsOnWithoutReadingHistory) {
  FlusherOnFakes world;  // its history reports every read
  for (int round = 0; round < 4; ++round) {
    world.store("a");
    world.store("b" + std::to_string(round));
    world.store("a");
    if (round == 2) world.erase("a");
    world.flusher.flush();
    world.store("a");
    if (round != 1) world.flusher.update_latest();
  }
  EXPECT_EQ(world.history(), "a:1 b0:1 a:2 a:3 a:4 b1:1 a:5 a:6 a:7 b2:1 a:8 a:9 a:10 a:11 b3:1 a:12 a:13 ");
  EXPECT_EQ(world.latest(), "a:13 b0:1 b1:1 b2:1 b3:1 ");
}

TEST(Flusher, LooksAllVersionsOfAFlushUpAtOnce) {
  FlusherOnFakes world;
  for (int i = 0; i < 100; ++i) world.store("item" + std::to_string(i % 50));
  world.flusher.flush();
  EXPECT_EQ(world.watch.lookups, 1);
  for (int i = 0; i < 50; ++i) world.store("item" + std::to_string(i));
  world.flusher.flush();
  EXPECT_EQ(world.watch.lookups, 1);  // all are known since the first
}

TEST(Flusher, BoundsTheSizeOfATransaction) {
  FlusherOnFakes world({}, 1 << 30);
  for (int i = 0; i < 50'001; ++i) world.store_quietly("item");
  world.flusher.update_latest();
  EXPECT_EQ(world.disk->history->unsafe_commits.size(), 2U);
  EXPECT_EQ(world.disk->latest->unsafe_commits.size(), 2U);
  EXPECT_EQ(world.latest(), "item:50001 ");
  EXPECT_EQ(world.unflushed.bytes(), 0U);
}

TEST(Flusher, KeepsWhatAPinHoldsAndTrimsItTheNextTime) {
  FlusherOnFakes world;
  world.store("a");
  auto pin = world.unflushed.pin();
  world.flusher.update_latest();
  EXPECT_EQ(world.unflushed.count_after(0), 1U);
  world.store("a");
  pin.reset();
  world.flusher.update_latest();
  EXPECT_EQ(world.unflushed.count_after(0), 0U);
  EXPECT_EQ(world.history(), "a:1 a:2 ");
}

TEST(Flusher, SortsLatestWhenItsTailIsLong) {
  FlusherOnFakes world;
  world.disk->tail_bound = 2;
  for (const char* item : {"a", "b", "c"}) world.store(item);
  world.flusher.update_latest();
  EXPECT_EQ(world.disk->latest->tail_rows, 0U);
  EXPECT_EQ(world.latest(), "a:1 b:1 c:1 ");
}

TEST(Flusher, RunsWorkWithEverythingApplied) {
  FlusherOnFakes world;
  world.store("a");
  std::string seen;
  world.flusher.with_everything_applied([&] { seen = world.latest(); });
  EXPECT_EQ(seen, "a:1 ");
  EXPECT_THROW(world.flusher.with_everything_applied([] { throw std::runtime_error("work"); }), std::runtime_error);
  EXPECT_EQ(world.flusher.numbers().errors, 0U);
}

TEST(Flusher, TakesNoStepOnceItIsStopped) {
  FlusherOnFakes world({.batch_size = 1});
  world.flusher.start(world.background);
  world.flusher.stop();
  world.store("a");
  EXPECT_EQ(world.background.tasks(), 0U);
  EXPECT_EQ(world.history(), "");
}

TEST(Flusher, MakesRoomByBringingLatestUpToDate) {
  FlusherOnFakes world({}, 10'000);
  while (world.unflushed.bytes() < 8'000) world.store("a");
  world.flusher.make_room(1, seconds(30));
  EXPECT_EQ(world.flusher.numbers().latest_watermark, 0U);  // there was room
  world.flusher.make_room(5'000, seconds(30));
  EXPECT_EQ(world.unflushed.bytes(), 0U);
}

}  // namespace
}  // namespace cfp::flush
