// A failed commit has an unknown outcome; whatever it was, each record is in history once, and the cause is told.

#include <gtest/gtest.h>

#include <thread>

#include "support/flusher_on_fakes.h"

namespace cfp::flush {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using support::CommitFault;
using support::FlusherOnFakes;

template <class Call>
std::optional<ErrorCode> code_of(const Call& call) {
  try {
    call();
  } catch (const CollectionFastPersistError& error) {
    return error.code();
  }
  return std::nullopt;
}

TEST(FlusherFailure, ACommitOfHistoryThatFailedNeitherDoublesNorLoses) {
  for (const CommitFault fault : {CommitFault::before, CommitFault::after}) {
    FlusherOnFakes world;
    world.store("a");
    world.flusher.update_latest();
    world.store("a");
    world.store("b");
    world.disk->fail_next_history_commit(fault);
    const auto code = code_of([&] { world.flusher.flush(); });
    EXPECT_EQ(code, fault == CommitFault::before ? std::optional(ErrorCode::io) : std::nullopt);
    world.store("a");
    world.flusher.update_latest();
    EXPECT_EQ(world.history(), "a:1 a:2 b:1 a:3 ");
    EXPECT_EQ(world.latest(), "a:3 b:1 ");
  }
}

TEST(FlusherFailure, NothingGoesToHistoryBeforeTheLogIsOnDiskThroughIt) {
  FlusherOnFakes world;
  std::uint64_t synced = 0;
  bool fails = true;
  world.sync_log = [&](std::uint64_t sequence) {
    if (fails) throw CollectionFastPersistError(ErrorCode::failed, "The log could not be synced");
    EXPECT_LT(world.disk->history->meta.watermark, sequence);
    synced = std::max(synced, sequence);
  };
  for (const char* const item : {"a", "b", "a"}) world.store(item);
  EXPECT_EQ(code_of([&] { world.flusher.update_latest(); }), ErrorCode::failed);
  EXPECT_EQ(world.history(), "");
  EXPECT_EQ(world.latest(), "");
  fails = false;
  world.flusher.update_latest();
  EXPECT_EQ(synced, 3U);
  EXPECT_EQ(world.history(), "a:1 b:1 a:2 ");
}

TEST(FlusherFailure, ACommitOfLatestThatFailedIsDecidedByItsWatermark) {
  for (const CommitFault fault : {CommitFault::before, CommitFault::after}) {
    FlusherOnFakes world;
    world.store("a");
    world.erase("a");
    world.store("a");
    world.disk->fail_next_latest_commit(fault);
    const auto code = code_of([&] { world.flusher.update_latest(); });
    EXPECT_EQ(code, fault == CommitFault::before ? std::optional(ErrorCode::io) : std::nullopt);
    EXPECT_EQ(world.unflushed.count_after(0), fault == CommitFault::before ? 3U : 0U);
    world.store("a");
    world.flusher.update_latest();
    EXPECT_EQ(world.history(), "a:1 a:2 a:3 a:4 ");
    EXPECT_EQ(world.latest(), "a:4 ");
  }
}

TEST(FlusherFailure, ATableThatDoesNotOpenAgainHealsOnceItDoes) {
  FlusherOnFakes world;
  const auto open = world.open_history;
  world.open_history = [&]() -> std::unique_ptr<tables::HistoryTable> {
    world.open_history = open;
    throw CollectionFastPersistError(ErrorCode::disk_full, "no room to open");
  };
  world.store("a");
  world.disk->fail_next_history_commit(CommitFault::after);
  EXPECT_EQ(code_of([&] { world.flusher.flush(); }), ErrorCode::disk_full);
  EXPECT_FALSE(world.open.has_history());
  try {
    world.open.with_history([](tables::HistoryTable&) {});
    ADD_FAILURE() << "the table is closed";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_NE(std::string(error.what()).find("no room to open"), std::string::npos);
  }
  world.store("a");
  world.flusher.update_latest();
  EXPECT_EQ(world.history(), "a:1 a:2 ");
}

/// A rebuild closes latest first; readers need it again, whatever became of that.
TEST(FlusherFailure, AFailedRebuildLeavesLatestOpen) {
  for (const bool opens_at_once : {true, false}) {
    FlusherOnFakes world;
    world.store("a");
    world.flusher.start(world.background);
    const auto open_latest = world.open_latest;
    const auto rebuild = [&] {
      world.open.change_latest([&](tables::HistoryTable&) -> std::unique_ptr<tables::LatestTable> {
        if (!opens_at_once) {
          world.open_latest = []() -> std::unique_ptr<tables::LatestTable> {
            throw CollectionFastPersistError(ErrorCode::disk_full, "no space");
          };
        }
        throw CollectionFastPersistError(ErrorCode::disk_full, "no space");
      });
    };
    EXPECT_EQ(code_of([&] { world.flusher.with_everything_applied(rebuild); }), ErrorCode::disk_full);
    EXPECT_EQ(world.open.has_latest(), opens_at_once);
    world.open_latest = open_latest;
    world.background.run_woken();
    EXPECT_TRUE(world.open.has_latest());
    EXPECT_EQ(world.latest(), "a:1 ");
  }
}

TEST(FlusherFailure, AFailedLookUpOpensLatestAgain) {
  FlusherOnFakes world;
  world.watch.fails = true;
  world.store("a");
  EXPECT_EQ(code_of([&] { world.flusher.flush(); }), ErrorCode::io);
  EXPECT_EQ(world.watch.opened, 2);
  world.flusher.update_latest();
  EXPECT_EQ(world.latest(), "a:1 ");
}

TEST(FlusherFailure, AFailedSortOpensLatestAgainAndIsTried) {
  FlusherOnFakes world;
  world.disk->tail_bound = 0;
  world.store("a");
  int commits = 0;
  world.disk->on_step = [&](std::string_view step) {
    if (step == "latest before commit" && ++commits == 2)
      throw CollectionFastPersistError(ErrorCode::disk_full, "sort");
  };
  EXPECT_EQ(code_of([&] { world.flusher.update_latest(); }), ErrorCode::disk_full);
  EXPECT_EQ(world.watch.opened, 2);
  world.flusher.update_latest();
  EXPECT_EQ(world.disk->latest->tail_rows, 0U);
}

TEST(FlusherFailure, TheFirstCauseIsLoggedOnceAndTheLastIsKept) {
  FlusherOnFakes world({.batch_size = 1, .flush_interval = seconds(30), .latest_interval = seconds(300)});
  world.flusher.start(world.background);
  world.store("a");
  for (int i = 0; i < 3; ++i) {
    world.disk->fail_next_history_commit(CommitFault::before, i == 0 ? ErrorCode::disk_full : ErrorCode::io);
    world.background.run("cfp-flusher");
    EXPECT_EQ(world.background.pause("cfp-flusher"), seconds(1));
    EXPECT_EQ(world.flusher.numbers().errors, static_cast<std::uint64_t>(i) + 1);
  }
  EXPECT_EQ(world.messages.size(), 1U);
  EXPECT_FALSE(world.flusher.numbers().last_error.empty());
  EXPECT_EQ(world.flusher.numbers().last_error_at, Timestamp(world.clock.now()));
  world.background.run("cfp-flusher");
  EXPECT_EQ(world.flusher.numbers().errors, 0U);
  EXPECT_EQ(world.history(), "a:1 ");
  world.disk->fail_next_history_commit(CommitFault::before);
  world.store("a");
  world.clock.advance(milliseconds(100));  // the pause between batches
  world.background.run_woken();
  EXPECT_EQ(world.messages.size(), 2U);
}

TEST(FlusherFailure, IsToldWithoutALockThatAFlushNeeds) {
  FlusherOnFakes world;
  world.store("a");
  world.on_message = [&] { std::thread([&] { world.flusher.flush(); }).join(); };
  world.disk->fail_next_history_commit(CommitFault::before);
  EXPECT_EQ(code_of([&] { world.flusher.flush(); }), ErrorCode::io);
  EXPECT_EQ(world.history(), "a:1 ");
}

TEST(FlusherFailure, AFailureOfLatestIsTriedAgainAtTheNextStep) {
  FlusherOnFakes world({.flush_interval = seconds(30), .latest_interval = seconds(60)});
  world.flusher.start(world.background);
  world.store("a");
  world.clock.advance(seconds(60));
  world.disk->fail_next_latest_commit(CommitFault::before);
  world.background.run("cfp-flusher");
  EXPECT_EQ(world.latest(), "");
  world.clock.advance(seconds(1));
  world.background.run("cfp-flusher");
  EXPECT_EQ(world.latest(), "a:1 ");
}

TEST(FlusherFailure, ACallerWithoutRoomHearsTheFirstCauseAfterItsPatience) {
  FlusherOnFakes world({}, 10'000);
  while (world.unflushed.bytes() < 9'000) world.store("a");
  const auto fail_once = [&](ErrorCode code) {
    world.disk->fail_next_history_commit(CommitFault::before, code);
    return code_of([&] { world.flusher.make_room(5'000, seconds(30)); });
  };
  EXPECT_EQ(fail_once(ErrorCode::disk_full), std::nullopt);
  world.clock.advance(seconds(29));
  EXPECT_EQ(fail_once(ErrorCode::io), std::nullopt);
  world.clock.advance(seconds(1));
  EXPECT_EQ(fail_once(ErrorCode::io), ErrorCode::overloaded);
  world.flusher.make_room(5'000, seconds(30));
  EXPECT_EQ(world.unflushed.bytes(), 0U);
}

TEST(FlusherFailure, WithoutPatienceACallerHearsOfItAtOnce) {
  FlusherOnFakes world({}, 10'000);
  while (world.unflushed.bytes() < 9'000) world.store("a");
  world.disk->fail_next_history_commit(CommitFault::before);
  EXPECT_EQ(code_of([&] { world.flusher.make_room(5'000, seconds(0)); }), ErrorCode::overloaded);
}

TEST(FlusherFailure, ATableThatComesBackOlderThanMemoryIsNotContinued) {
  for (const bool of_history : {true, false}) {
    FlusherOnFakes world;
    world.store("a");
    world.flusher.update_latest();
    world.disk->crash(of_history ? 1 : 0, of_history ? 0 : 1);
    world.store_of_tables = std::make_unique<support::FakeTables>(world.disk);
    world.open.replace_history(world.open_history);
    world.open.replace_latest(world.open_latest);
    world.store("b");
    world.disk->fail_next_history_commit(CommitFault::before);  // the flusher opens what failed again, and sees it
    world.watch.fails = !of_history;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of([&] { world.flusher.flush(); }), ErrorCode::failed) << of_history;
    EXPECT_EQ(world.disk->history->meta.watermark, of_history ? 0U : 1U);
  }
}

TEST(OpenTables, OpensNothingAgainOnceItIsClosed) {
  FlusherOnFakes world;
  world.open.close();
  EXPECT_EQ(code_of([&] { world.open.replace_history(world.open_history); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { world.open.with_latest([](tables::LatestTable&) {}); }), ErrorCode::closed);
  EXPECT_EQ(world.watch.opened, 1);
  EXPECT_FALSE(world.disk->history_is_open);
}

}  // namespace
}  // namespace cfp::flush
