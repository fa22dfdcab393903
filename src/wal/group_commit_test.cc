#include "wal/group_commit.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <latch>
#include <map>
#include <set>
#include <system_error>
#include <thread>

#include "cfp/error.h"
#include "os/environment.h"
#include "support/simulated_log.h"
#include "support/temporary_directory.h"
#include "support/watched_directory.h"
#include "wal/segment_reader.h"

namespace cfp::wal {
namespace {

using support::made_record;
using support::SimulatedLog;
using support::WatchedDirectory;

/// A log in a real directory, for real threads.
class RealLog {
 public:
  explicit RealLog(
      DurableSink sink = [](auto) {}, std::function<void()> before_sync = [] {})
      : environment_(os::make_system_environment()),
        directory_(environment_.open_base_directory(temporary_.path() / "log"),
                   WatchedDirectory::Calls{std::move(before_sync)}),
        writer(directory_, *environment_.background, *environment_.clock, SimulatedLog::kStoreId, 256 * 1024, {}),
        commit(writer, std::move(sink)) {}

  std::uint64_t store(std::int64_t thread, std::int64_t i) {
    model::Record record = made_record("key", "collection", std::to_string(thread), i);
    return commit.commit({&record, 1});
  }
  /// All records on the disk, in the order of their segments and lines.
  [[nodiscard]] std::vector<model::Record> read() {
    std::vector<model::Record> records;
    for (const os::DirectoryEntry& entry : directory_.list()) {
      if (!entry.name.ends_with(".jsonl")) continue;
      SegmentReader reader(read_all(*directory_.open(entry.name, os::OpenMode::read)));
      for (auto step = reader.next(); step != SegmentReader::Step::end; step = reader.next()) {
        EXPECT_EQ(step, SegmentReader::Step::line);
        if (!reader.line().header) records.push_back(std::move(reader.line().record));
      }
    }
    return records;
  }

 private:
  support::TemporaryDirectory temporary_;
  os::Environment environment_;
  WatchedDirectory directory_;

 public:
  SegmentWriter writer;
  GroupCommit commit;
};

template <class Work>
void run_threads(int count, const Work& work) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back([&work, t] { work(t); });
  for (std::thread& thread : threads) thread.join();
}

TEST(GroupCommit, SyncsWhatWasOnlyWrittenWhenOneOfAGroupOrSyncOrCloseAsksForIt) {
  int syncs = 0;
  std::uint64_t published = 0;
  RealLog log([&](std::span<const LineBatch> group) { published = group.back().records.back().sequence(); },
              [&] { ++syncs; });
  const auto write = [&](Wait wait) {
    model::Record record = made_record("k", "c", "i");
    return log.commit.commit({&record, 1}, false, wait);
  };
  write(Wait::for_sync);
  const int before = syncs;
  for (int i = 0; i < 3; ++i) write(Wait::for_write);
  EXPECT_EQ(published, 4U) << "readers see it";
  EXPECT_EQ(syncs, before);
  log.commit.sync(1);
  EXPECT_EQ(syncs, before) << "that is on disk already";
  log.commit.sync(2);
  EXPECT_EQ(syncs, before + 1);
  EXPECT_EQ(log.writer.numbers().synced_sequence, 4U);
  write(Wait::for_write);
  write(Wait::for_sync);
  EXPECT_EQ(syncs, before + 2);
  write(Wait::for_write);
  log.commit.close();
  EXPECT_EQ(syncs, before + 3);
  EXPECT_EQ(log.writer.numbers().synced_sequence, 7U);
  log.commit.sync(7);
}

TEST(GroupCommit, GivesEachThreadTheNumbersOfItsOwnRecordsWithoutAGap) {
  constexpr int kThreads = 32, kEach = 200;
  std::uint64_t seen = 0, groups = 0;
  RealLog log([&](std::span<const LineBatch> group) {
    ++groups;
    for (const LineBatch& batch : group) {
      for (const model::Record& record : batch.records) EXPECT_EQ(record.sequence(), ++seen);
    }
  });
  std::vector<std::vector<std::uint64_t>> returned(kThreads);
  run_threads(kThreads, [&](int t) {
    for (int i = 0; i < kEach; ++i) returned[static_cast<std::size_t>(t)].push_back(log.store(t, i));
  });
  log.commit.close();
  log.writer.close();

  const auto records = log.read();
  ASSERT_EQ(records.size(), std::size_t{kThreads} * kEach);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const model::Record& record = records[i];
    EXPECT_EQ(record.sequence(), i + 1);
    const auto thread = static_cast<std::size_t>(std::stoi(std::string(record.state->item_name())));
    const auto nth = static_cast<std::size_t>(std::get<std::int64_t>(record.state->value()));
    EXPECT_EQ(returned[thread][nth], record.sequence());
  }
  EXPECT_EQ(seen, records.size());
  EXPECT_LT(groups, records.size());  // one sync served several
}

/// Blocks the leader inside of its sink until the test lets it go.
struct Gate {
  std::latch entered{1};
  std::latch open{1};
  std::atomic<bool> closed{true};
  void pass() {
    if (!closed.exchange(false)) return;
    entered.count_down();
    open.wait();
  }
};

TEST(GroupCommit, TakesAllWhoWaitAsOneGroup) {
  Gate gate;
  std::vector<std::size_t> groups;
  RealLog log([&](std::span<const LineBatch> group) { groups.push_back(group.size()); }, [&] { gate.pass(); });
  std::thread leader([&] { log.store(0, 0); });
  gate.entered.wait();
  std::atomic<int> done{0};
  std::vector<std::thread> followers;
  for (int t = 1; t <= 5; ++t) {
    followers.emplace_back([&, t] {
      log.store(t, 0);
      ++done;
    });
  }
  EXPECT_EQ(done, 0);
  gate.open.count_down();
  leader.join();
  for (std::thread& follower : followers) follower.join();
  std::size_t sum = 0;
  for (const std::size_t size : groups) sum += size;
  EXPECT_EQ(sum, 6U);
  EXPECT_EQ(groups.front(), 1U);
}

TEST(GroupCommit, WritesTheNextGroupWhileOneIsPublishedAndPublishesItAfterwards) {
  Gate gate;
  std::vector<std::uint64_t> published;
  RealLog log([&](std::span<const LineBatch> group) {
    gate.pass();
    for (const LineBatch& batch : group) published.push_back(batch.records.front().sequence());
  });
  std::thread first([&] { EXPECT_EQ(log.store(1, 1), 1U); });
  gate.entered.wait();
  std::thread second([&] { EXPECT_EQ(log.store(2, 2), 2U); });
  while (log.writer.numbers().last_sequence < 2) std::this_thread::yield();  // hangs if it waits for the first one
  EXPECT_TRUE(published.empty());
  gate.open.count_down();
  first.join();
  second.join();
  EXPECT_EQ(published, (std::vector<std::uint64_t>{1, 2}));
}

TEST(GroupCommit, RefusesAGroupThatWasWrittenBehindAnUnpublishedOne) {
  Gate gate;
  RealLog log([&](std::span<const LineBatch>) {
    gate.pass();
    throw std::runtime_error("no memory");
  });
  std::thread first([&] { EXPECT_THROW(log.store(1, 1), std::runtime_error); });
  gate.entered.wait();
  std::thread second([&] { EXPECT_THROW(log.store(2, 2), CollectionFastPersistError); });
  while (log.writer.numbers().last_sequence < 2) std::this_thread::yield();
  gate.open.count_down();
  first.join();
  second.join();
}

TEST(GroupCommit, AcknowledgesNothingBeforeItIsPublished) {
  Gate gate;
  std::atomic<bool> returned{false};
  RealLog log([&](std::span<const LineBatch>) { gate.pass(); });
  std::thread storing([&] {
    log.store(1, 1);
    returned = true;
  });
  gate.entered.wait();
  EXPECT_FALSE(returned);
  EXPECT_EQ(log.read().size(), 1U);  // but it is on the disk
  gate.open.count_down();
  storing.join();
  EXPECT_TRUE(returned);
}

TEST(GroupCommit, WaitsAtCloseForWhoIsUnderWayAndThenRefuses) {
  Gate gate;
  RealLog log([&](std::span<const LineBatch>) { gate.pass(); });
  std::thread storing([&] { EXPECT_EQ(log.store(1, 1), 1U); });
  gate.entered.wait();
  std::atomic<bool> is_closed{false};
  std::thread closing([&] {
    log.commit.close();
    is_closed = true;
  });
  EXPECT_FALSE(is_closed);
  gate.open.count_down();
  closing.join();
  storing.join();
  EXPECT_THROW(log.store(2, 2), CollectionFastPersistError);
  log.commit.close();  // again is fine
}

TEST(GroupCommit, ManyThreadsAndACloseEndWithEveryStoreEitherWholeOrRefused) {
  RealLog log;
  std::mutex mutex;
  std::set<std::uint64_t> acknowledged;
  std::atomic<int> stored{0};
  std::thread closing([&] {
    while (stored < 200) std::this_thread::yield();
    log.commit.close();
  });
  run_threads(8, [&](int t) {
    try {
      for (int i = 0;; ++i) {
        const std::uint64_t sequence = log.store(t, i);
        ++stored;
        const std::lock_guard lock(mutex);
        acknowledged.insert(sequence);
      }
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::closed);
    }
  });
  closing.join();
  const auto records = log.read();
  EXPECT_EQ(records.size(), acknowledged.size());
  EXPECT_EQ(*acknowledged.rbegin(), records.size());
}

TEST(GroupCommit, AnUnpublishedRecordStopsEveryLaterStore) {
  SimulatedLog log;
  log.start();
  GroupCommit commit(*log.writer, [](std::span<const LineBatch>) { throw std::runtime_error("no memory"); });
  model::Record record = made_record("k", "c", "i");
  EXPECT_THROW(commit.commit({&record, 1}), std::runtime_error);
  model::Record next = made_record("k", "c", "i");
  try {
    commit.commit({&next, 1});
    ADD_FAILURE() << "stored";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::failed);
  }
  commit.close();
}

TEST(GroupCommit, TellsAllMembersOfAGroupThatItFailedAndPublishesNoneOfThem) {
  Gate gate;
  std::atomic<bool> fails{false};
  std::atomic<std::size_t> published{0};
  RealLog log([&](std::span<const LineBatch> group) { published += group.size(); },
              [&] {
                if (fails) throw std::system_error(EIO, std::generic_category(), "sync");
                gate.pass();
                fails = true;  // while the first group is under way the others gather, and theirs fails
              });
  std::thread leader([&] { EXPECT_EQ(log.store(0, 0), 1U); });
  gate.entered.wait();
  std::atomic<int> failed{0};
  std::vector<std::thread> members;
  for (int t = 1; t <= 6; ++t) {
    members.emplace_back([&, t] {
      try {
        log.store(t, 0);
      } catch (const CollectionFastPersistError& error) {
        if (error.code() == ErrorCode::failed) ++failed;
      }
    });
  }
  gate.open.count_down();
  leader.join();
  for (std::thread& member : members) member.join();
  EXPECT_EQ(failed, 6);
  EXPECT_EQ(published, 1U);
  EXPECT_EQ(log.writer.numbers().last_sequence, 1U);
}

}  // namespace
}  // namespace cfp::wal
