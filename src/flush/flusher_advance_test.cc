// More records than one transaction takes: the next go to history while those before them go to latest.

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "support/flusher_on_fakes.h"

namespace cfp::flush {
namespace {

using std::chrono::seconds;
using support::CommitFault;
using support::FlusherOnFakes;

constexpr int kTransaction = 50'000;
constexpr std::uint64_t kRoom = 1ULL << 30U;

void store_many(FlusherOnFakes& world, int count) {
  for (int i = 0; i < count; ++i) world.store_quietly("item" + std::to_string(i % 100));
}

std::uint64_t rows_of_history(const FlusherOnFakes& world) {
  static_cast<void>(world.history());  // each record once
  return world.disk->history->rows.size();
}

TEST(FlusherAdvance, BringsTheNextToHistoryWhileThoseBeforeThemGoToLatest) {
  FlusherOnFakes world({}, kRoom);
  store_many(world, 2 * kTransaction);
  std::promise<void> second_of_history, first_of_latest;
  int of_history = 0, of_latest = 0;
  const auto meet = [](std::promise<void>& own, std::promise<void>& other) {
    own.set_value();
    EXPECT_EQ(other.get_future().wait_for(seconds(30)), std::future_status::ready);
  };
  world.disk->on_step = [&](std::string_view step) {
    if (step == "history before commit" && ++of_history == 2) meet(second_of_history, first_of_latest);
    if (step == "latest before commit" && ++of_latest == 1) meet(first_of_latest, second_of_history);
  };
  world.flusher.update_latest();
  EXPECT_EQ(of_latest, 2);
  EXPECT_EQ(rows_of_history(world), 2U * kTransaction);
  EXPECT_EQ(world.flusher.numbers().latest_watermark, 2U * kTransaction);
  EXPECT_EQ(world.unflushed.bytes(), 0U);
}

TEST(FlusherAdvance, ChangesLatestInAsFewTransactionsAsTheRecordsTake) {
  FlusherOnFakes world({}, kRoom);
  store_many(world, 20'000);
  world.flusher.flush();
  store_many(world, 20'000);
  world.flusher.update_latest();
  EXPECT_EQ(world.disk->latest->unsafe_commits.size(), 1U);
  store_many(world, 30'000);
  world.flusher.flush();
  store_many(world, kTransaction);
  world.flusher.update_latest();
  EXPECT_EQ(world.disk->latest->unsafe_commits.size(), 3U);
  EXPECT_EQ(rows_of_history(world), 120'000U);
}

TEST(FlusherAdvance, LooksAfterBothTablesWhereBothCommitsFail) {
  for (const CommitFault of_history : {CommitFault::before, CommitFault::after}) {
    for (const CommitFault of_latest : {CommitFault::before, CommitFault::after}) {
      FlusherOnFakes world({}, kRoom);
      store_many(world, kTransaction + 1);
      int commits = 0;
      world.disk->on_step = [&](std::string_view step) {
        if (step != "history after commit" || ++commits != 1) return;
        world.disk->fail_next_history_commit(of_history, ErrorCode::disk_full);
        world.disk->fail_next_latest_commit(of_latest);
      };
      const bool fails = of_history == CommitFault::before || of_latest == CommitFault::before;
      if (fails) {
        EXPECT_THROW(world.flusher.update_latest(), CollectionFastPersistError);
      } else {
        EXPECT_NO_THROW(world.flusher.update_latest());
      }
      EXPECT_EQ(world.watch.opened, 2);
      const std::uint64_t brought = kTransaction + (of_history == CommitFault::after ? 1U : 0U);
      EXPECT_EQ(world.flusher.numbers().history_watermark, brought);
      world.flusher.update_latest();
      EXPECT_EQ(rows_of_history(world), kTransaction + 1U);
      EXPECT_EQ(world.flusher.numbers().latest_watermark, kTransaction + 1U);
    }
  }
}

TEST(FlusherAdvance, ACallerWithoutRoomGoesOnOnceThereIsSomeAndNotAtTheEndOfTheFlush) {
  FlusherOnFakes world({}, kRoom);
  store_many(world, 2 * kTransaction);
  ASSERT_TRUE(world.unflushed.try_reserve(kRoom - world.unflushed.bytes()));
  std::promise<void> flushing, caller_went_on;
  int commits = 0;
  world.disk->on_step = [&](std::string_view step) {
    if (step != "latest before commit" || ++commits != 2) return;
    flushing.set_value();
    EXPECT_EQ(caller_went_on.get_future().wait_for(seconds(30)), std::future_status::ready);
  };
  std::thread flusher([&] { world.flusher.update_latest(); });
  flushing.get_future().wait();  // the first transaction gave room, the second is on its way
  world.flusher.make_room(1'000, seconds(30));
  EXPECT_TRUE(world.unflushed.try_reserve(1'000));
  caller_went_on.set_value();
  flusher.join();
}

TEST(FlusherAdvance, ACallerWithoutRoomDoesNotSortLatestWhichTheNextStepDoes) {
  FlusherOnFakes world({}, 10'000);
  world.disk->tail_bound = 0;
  world.flusher.start(world.background);
  while (world.unflushed.bytes() < 9'000) world.store("a");
  world.flusher.make_room(5'000, seconds(30));
  EXPECT_EQ(world.unflushed.bytes(), 0U);
  EXPECT_GT(world.disk->latest->tail_rows, 0U);
  world.clock.advance(seconds(30));
  world.background.run("cfp-flusher");
  EXPECT_EQ(world.disk->latest->tail_rows, 0U);
}

}  // namespace
}  // namespace cfp::flush
