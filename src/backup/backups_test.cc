#include "backup/backups.h"

#include <cerrno>
#include <thread>

#include "backup/draft.h"
#include "support/backup_fixture.h"

namespace cfp::backup {
namespace {

using Names = std::vector<std::string>;
using std::chrono::milliseconds;

template <class Call>
std::string failure_of(const Call& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

class BackupsTest : public BackupFixture {
 protected:
  BackupsTest() {
    for (int i = 0; i < 3; ++i) add_record();
  }
  /// One that failed left nothing behind.
  void expect_nothing_but(const Names& names) {
    EXPECT_EQ(names_in(kToday), names);
    EXPECT_EQ(failure_of([&] { make_backups()->make(); }), "") << "the next one is made";
  }
};

TEST_F(BackupsTest, MakesAVerifiedDurableCopyOfBothTablesInTheDirectoryOfTheDay) {
  options_.store_date = Date("2024-12-24");
  const auto backups = make_backups();
  const BackupInfo made = backups->make();
  disk_.crash(support::CrashMode::drop_unsynced);
  table_disk_->crash();
  boot();
  EXPECT_EQ(names_in(kToday), (Names{kHistoryBackup, kLatestBackup}));
  ASSERT_EQ(found().size(), 1U);
  const BackupInfo listed = found()[0];
  EXPECT_EQ(listed.path, made.path);
  EXPECT_EQ(listed.date, Date(kToday));
  EXPECT_EQ(listed.store_id, kStoreId);
  EXPECT_EQ(std::tuple(listed.watermark, listed.rows, listed.bytes, listed.made_at),
            std::tuple(3U, 3U, made.bytes, Timestamp(clock_.now())));
  const auto numbers = backups->numbers();
  EXPECT_EQ(std::tuple(numbers.made, numbers.last_watermark, numbers.last_at), std::tuple(1U, 3U, made.made_at));
}

TEST_F(BackupsTest, ReplacesTheOneOfTheSameDayOnlyWhenTheNewOneIsVerified) {
  make_backups()->make();
  add_record();
  table_disk_->damage_history();
  EXPECT_NE(failure_of([&] { make_backups()->make(); }), "");
  EXPECT_EQ(found()[0].watermark, 3U);
  table_disk_->history->is_damaged = false;
  make_backups()->make();
  EXPECT_EQ(found()[0].watermark, 4U);
  EXPECT_EQ(found().size(), 1U);
}

TEST_F(BackupsTest, CopiesInPiecesThatNoStoreWaitsForButAtOnceWhereStoresWaitForItsEnd) {
  const auto directory = base_->open_directory(kToday, true);
  const std::atomic<bool> cancelled{false};
  const TableCopy mebibyte = [](const tables::ByteSink& sink) {
    sink(std::string(1 << 20U, 'x'));
    return tables::Meta{};
  };
  const auto calls_of = [&](bool is_waited_for) {
    Draft draft(*directory, kHistory, *tables_, kStoreId, tables::Pace::beside_stores);
    const std::uint64_t before = disk_.calls();
    draft.copy(mebibyte, cancelled, [=] { return is_waited_for; });
    return disk_.calls() - before;
  };
  EXPECT_GE(calls_of(false), 64U);
  EXPECT_LT(calls_of(true), 10U);
}

TEST_F(BackupsTest, AnyFailureOfTheDiskLeavesNothingBehindAndRetiresNothing) {
  put_backup("2025-01-14");
  add_record();
  segments_ = {segment("2025-01-14", 1, 4)};
  for (std::uint64_t call = 1; call < 12; ++call) {
    disk_.fail_at(disk_.calls() + call, call % 2 == 0 ? ENOSPC : EIO, support::Repeat::once);
    const auto backups = make_backups();
    const std::string failure = failure_of([&] { backups->make(); });
    disk_.clear_faults();
    if (failure.empty()) {  // of latest, or behind the rename
      base_->open_directory(kToday, false)->remove(kHistoryBackup);
      base_->open_directory("2025-01-14", false)->rename("wal_000001.jsonl.covered", "wal_000001.jsonl");
      continue;
    }
    EXPECT_EQ(backups->numbers().last_error, failure);
    EXPECT_EQ(backups->numbers().made, 0U);
    EXPECT_TRUE(exists("2025-01-14", "wal_000001.jsonl")) << failure;
    for (const std::string& name : names_in(kToday)) EXPECT_FALSE(name.ends_with(".tmp")) << name;
    EXPECT_EQ(found().back().watermark, 3U) << "the earlier backup";
  }
  make_backups()->make();
  EXPECT_EQ(found()[0].watermark, 4U);
}

TEST_F(BackupsTest, IsWholeOrNotThereWhereverThePowerGoes) {
  put_backup("2025-01-14");
  for (const auto mode :
       {support::CrashMode::drop_unsynced, support::CrashMode::keep_all, support::CrashMode::random}) {
    for (std::uint64_t call = 1;; ++call) {
      add_record();
      segments_ = {segment("2025-01-13", static_cast<int>(call % 10), last_sequence_)};
      disk_.crash_at(disk_.calls() + call, mode);
      bool was_cut = true;
      try {
        make_backups()->make();
        was_cut = disk_.is_off();
      } catch (const support::PowerCut&) {
        // The next start looks at what is left.
      }
      disk_.reboot();
      table_disk_->crash();
      boot();
      ASSERT_GE(found().size(), 1U);
      for (const BackupInfo& backup : found()) EXPECT_TRUE(backup.is_readable) << backup.problem;
      const std::string name = segments_[0].name;
      const bool is_live = exists("2025-01-13", name);
      EXPECT_TRUE(is_live || found()[0].watermark == last_sequence_) << "the log went before its backup";
      const auto day = base_->open_directory("2025-01-13", false);
      for (const auto& entry : day->list()) day->remove(entry.name);
      if (!was_cut) break;
    }
  }
  make_backups()->make();
  EXPECT_EQ(names_in(kToday), (Names{kHistoryBackup, kLatestBackup}));
}

TEST_F(BackupsTest, RemovesWhatAKillLeftOfOne) {
  put("2025-01-14", kHistoryBackup + ".tmp");
  put(kToday, kLatestBackup + ".tmp");
  put("2025-01-14", "mine.tmp");
  make_backups()->make();
  EXPECT_EQ(names_in("2025-01-14"), Names{"mine.tmp"});
  EXPECT_EQ(names_in(kToday), (Names{kHistoryBackup, kLatestBackup}));
}

TEST_F(BackupsTest, NeitherReplacesNorCountsNorDeletesTheBackupOfAnotherStore) {
  options_.retain_days = 0;
  become(kOtherId);
  put_backup(kToday);
  put_backup("2025-01-01");
  become(kStoreId);
  segments_ = {segment("2025-01-14", 1, 3)};
  const std::string failure = failure_of([&] { make_backups()->make(); });
  EXPECT_NE(failure.find("another store (" + kOtherId + ")"), std::string::npos) << failure;
  EXPECT_NE(failure.find(kToday), std::string::npos) << failure;
  EXPECT_EQ(found().size(), 2U);
  EXPECT_TRUE(exists("2025-01-14", "wal_000001.jsonl"));
  clock_.advance(std::chrono::hours(24));
  make_backups()->make();
  EXPECT_EQ(found().size(), 3U);
  EXPECT_TRUE(exists("2025-01-14", "wal_000001.jsonl.covered")) << "two of another store are none";
}

TEST_F(BackupsTest, KeepsWhatItCannotReadUnderAnotherName) {
  put(kToday, kHistoryBackup, "rotten");
  make_backups()->make();
  EXPECT_EQ(disk_.content(std::string("/store/") + kToday + "/" + kHistoryBackup + ".corrupt"), "rotten");
  EXPECT_EQ(found()[0].watermark, 3U);
}

TEST_F(BackupsTest, ABackupWithRecordsThatTheStoreLacksStaysAndCoversNothing) {
  put_backup("2025-01-14");
  put_backup(kToday);
  segments_ = {segment("2025-01-10", 1, 2)};
  // Somebody put an older history back; its next record is another 3.
  last_sequence_ = 2;
  table_disk_->history->rows.pop_back();
  table_disk_->history->meta = support::recounted(*table_disk_->history);
  table_disk_->history->meta.watermark = 2;
  make_backups()->make();
  EXPECT_TRUE(exists(kToday, kHistoryBackup + ".corrupt"));
  EXPECT_TRUE(exists("2025-01-10", "wal_000001.jsonl.covered")) << "by the new one alone";
  EXPECT_EQ(found()[0].date, Date("2025-01-14"));
}

TEST_F(BackupsTest, LatestIsAConvenienceWhoseFailureIsToldAndNoMore) {
  base_->open_directory(kToday, true)->open_directory(kLatestBackup, true);
  const auto backups = make_backups();
  backups->make();
  EXPECT_EQ(found().size(), 1U);
  EXPECT_NE(messages_.at(0).find("without storage_latest.duckdb"), std::string::npos) << messages_.at(0);
}

TEST_F(BackupsTest, ALatestOfBeforeNeverLiesBesideANewerHistory) {
  make_backups()->make();
  add_record();
  table_disk_->damage_latest();
  make_backups()->make();
  EXPECT_EQ(found()[0].watermark, 4U);
  EXPECT_EQ(names_in(kToday), Names{kHistoryBackup});
}

TEST_F(BackupsTest, ADirectoryOrFileInTheWayIsRefusedByName) {
  base_->open_directory(kToday, true)->open_directory(kHistoryBackup, true);
  EXPECT_NE(failure_of([&] { make_backups()->make(); }).find("is no regular file"), std::string::npos);
  clock_.advance(std::chrono::hours(24));
  base_->open("2025-01-16", os::OpenMode::create);
  EXPECT_NE(failure_of([&] { make_backups()->make(); }).find("2025-01-16 is a link or no directory"),
            std::string::npos);
}

TEST_F(BackupsTest, ADirectoryThatVanishesDuringTheCopyIsAFailureLikeAnyOther) {
  before_copy_ = [&] {
    const auto day = base_->open_directory(kToday, false);
    for (const auto& entry : day->list()) day->remove(entry.name);
    base_->remove_directory(kToday);
    before_copy_ = nullptr;
  };
  EXPECT_NE(failure_of([&] { make_backups()->make(); }), "");
  EXPECT_TRUE(found().empty());
  expect_nothing_but({});
}

TEST_F(BackupsTest, DoesNotBeginWhatTheDiskHasNoRoomFor) {
  free_bytes_ = 999;
  const auto calls = disk_.calls();
  const std::string failure = failure_of([&] { make_backups()->make(); });
  EXPECT_NE(failure.find("needs 1000 bytes, and the disk has 999"), std::string::npos) << failure;
  EXPECT_EQ(disk_.calls(), calls);
  free_bytes_ = 1000;
  make_backups()->make();
}

TEST_F(BackupsTest, AtCloseMakesOneUnlessThereIsOneWithEverything) {
  options_.store_date = Date("2024-12-24");
  const TableAccess closed{[this](const auto& sink) { return history_->copy(sink); },
                           [this](const auto& sink) { return latest_->copy(sink); }};
  const auto close = [&] {
    const auto backups = make_backups();
    backups->stop();
    Messages messages;
    backups->make_at_close(closed, messages);
    return backups->numbers().made;
  };
  EXPECT_EQ(close(), 1U);
  EXPECT_EQ(names_in("2024-12-24"), (Names{kHistoryBackup, kLatestBackup}));
  segments_ = {segment("2025-01-13", 1, 3)};  // a kill came before it was retired
  EXPECT_EQ(close(), 0U);
  EXPECT_TRUE(exists("2025-01-13", "wal_000001.jsonl.covered"));
  add_record();
  EXPECT_EQ(close(), 1U);
}

TEST_F(BackupsTest, AtCloseRefusesAFileThatDoesNotHoldWhatTheTableHeld) {
  const TableAccess closed{[this](const auto& sink) {
                             tables::Meta held = history_->copy(sink);
                             ++held.watermark;  // the last write of the file never got there
                             return held;
                           },
                           [this](const auto& sink) { return latest_->copy(sink); }};
  const auto backups = make_backups();
  backups->stop();
  Messages messages;
  const std::string failure = failure_of([&] { backups->make_at_close(closed, messages); });
  EXPECT_NE(failure.find("is not what the table holds"), std::string::npos) << failure;
  EXPECT_TRUE(found().empty());
}

TEST_F(BackupsTest, AfterStopACallIsRefused) {
  const auto backups = make_backups();
  backups->start(background_);
  backups->stop();
  EXPECT_EQ(background_.tasks(), 0U);
  EXPECT_NE(failure_of([&] { backups->make(); }).find("closed"), std::string::npos);
  EXPECT_TRUE(found().empty());
}

TEST_F(BackupsTest, AStopGivesARunningOneUpBetweenTwoPieces) {
  const auto backups = make_backups();
  std::thread stopper;
  before_copy_ = [&] {
    stopper = std::thread([&] { backups->stop(); });
    while (!backups->is_stopped()) std::this_thread::yield();
  };
  EXPECT_NE(failure_of([&] { backups->make(); }).find("given up"), std::string::npos);
  stopper.join();
  EXPECT_EQ(names_in(kToday), Names{});
}

}  // namespace
}  // namespace cfp::backup
