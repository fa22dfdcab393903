#include "backup/retention.h"

#include <climits>

#include "support/backup_fixture.h"

namespace cfp::backup {
namespace {

using Days = std::chrono::days;

Timestamp::Micros at(const char* date) { return std::chrono::sys_days(Date(date).day()) + std::chrono::hours(12); }

std::vector<std::string> dates_of(const std::vector<BackupInfo>& backups) {
  std::vector<std::string> dates;
  for (const BackupInfo& backup : backups) dates.push_back(backup.date.to_string());
  return dates;
}

/// One backup each day, newest first.
std::vector<BackupInfo> daily(const char* last, int days) {
  std::vector<BackupInfo> backups;
  for (int i = 0; i < days; ++i) {
    const std::string date = Date(std::chrono::sys_days(Date(last).day()) - Days(i)).to_string();
    backups.push_back(info(date.c_str(), static_cast<std::uint64_t>(1000 - i)));
  }
  return backups;
}

RetentionRule rule(const char* store_date, int retain_days, const char* now) {
  return {kStoreId, Date(store_date), retain_days, at(now)};
}

using Dates = std::vector<std::string>;

TEST(Retention, DeletesWhatIsBothOldAndBehindEnoughNewerOnes) {
  const auto expired = expired_backups(daily("2025-01-15", 8), rule("2025-01-15", 5, "2025-01-15"));
  EXPECT_EQ(dates_of(expired), (Dates{"2025-01-08", "2025-01-09"}));
}

TEST(Retention, KeepsOldOnesWhileThereAreTooFewNewerOnes) {
  EXPECT_TRUE(expired_backups(daily("2025-01-15", 5), rule("2026-01-15", 5, "2026-01-15")).empty());
  EXPECT_EQ(expired_backups(daily("2025-01-15", 6), rule("2026-01-15", 5, "2026-01-15")).size(), 1U);
}

TEST(Retention, KeepsTwoEvenWhenNoDayIsToBeRetained) {
  EXPECT_EQ(dates_of(expired_backups(daily("2025-01-15", 4), rule("2025-01-15", 0, "2025-01-15"))),
            (Dates{"2025-01-12", "2025-01-13"}));
  EXPECT_TRUE(expired_backups(daily("2025-01-15", 2), rule("2025-06-15", 0, "2025-06-15")).empty());
}

TEST(Retention, CountsDaysFromTheEarlierOfTodayAndTheStoresDate) {
  const auto backups = daily("2025-01-15", 20);
  EXPECT_TRUE(expired_backups(backups, rule("2024-12-25", 5, "2025-01-15")).empty());
  EXPECT_EQ(expired_backups(backups, rule("2030-01-01", 5, "2025-01-15")).size(), 14U);
}

TEST(Retention, NeverTouchesTheDirectoryOfTheRunningStore) {
  // The store was opened with a date of the past; newer backups are of other days.
  const auto expired = expired_backups(daily("2025-01-15", 20), rule("2025-01-05", 2, "2025-01-15"));
  EXPECT_FALSE(expired.empty());
  for (const BackupInfo& backup : expired) EXPECT_LT(backup.date, Date("2025-01-03"));
  auto backups = daily("2025-01-15", 4);
  backups.push_back(info("2025-01-01", 1));
  EXPECT_FALSE(is_past(Date("2025-01-01"), rule("2025-01-01", 0, "2025-01-15")));
  EXPECT_TRUE(expired_backups(backups, rule("2025-01-01", 0, "2025-01-15")).empty());
}

TEST(Retention, AClockAYearAheadCostsNoMoreThanTheOldestByRank) {
  const auto expired = expired_backups(daily("2025-01-15", 8), rule("2026-01-16", 5, "2026-01-16"));
  EXPECT_EQ(dates_of(expired), (Dates{"2025-01-08", "2025-01-09", "2025-01-10"}));
}

TEST(Retention, DoesNothingWhileTheClockIsEarlierThanTheNewestBackup) {
  const auto backups = daily("2025-01-15", 20);
  EXPECT_TRUE(expired_backups(backups, rule("2030-01-01", 0, "1970-01-01")).empty());
  EXPECT_TRUE(expired_backups(backups, rule("2030-01-01", 0, "2025-01-14")).empty());
  EXPECT_FALSE(expired_backups(backups, rule("2030-01-01", 0, "2025-01-15")).empty());
}

TEST(Retention, RanksByWatermarkWhateverTheDatesSay) {
  // Made while the clock was a year ahead, and when it was right again.
  const std::vector<BackupInfo> backups = {info("2025-01-02", 30), info("2025-01-01", 20), info("2024-01-02", 10)};
  EXPECT_EQ(dates_of(expired_backups(backups, rule("2025-01-15", 0, "2025-01-15"))), (Dates{"2024-01-02"}));
}

TEST(Retention, NeitherCountsNorDeletesWhatIsOfAnotherStoreOrUnreadable) {
  auto backups = daily("2025-01-15", 3);
  backups.insert(backups.begin(), info("2025-01-14", 5000, kOtherId));
  backups.push_back(info("2024-01-01", 1, kOtherId));
  backups.push_back(info("2024-01-02", 0));
  backups.back().is_readable = false;
  EXPECT_EQ(dates_of(expired_backups(backups, rule("2026-01-15", 0, "2026-01-15"))), (Dates{"2025-01-13"}));
}

TEST(Retention, TakesTheLongestTimeForWhatItIs) {
  EXPECT_TRUE(expired_backups(daily("2025-01-15", 20), rule("2025-01-15", INT_MAX, "2025-01-15")).empty());
}

class AppliedRetention : public BackupFixture {
 protected:
  AppliedRetention() { fill(); }
  void fill() {
    for (const char* date : {"2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04"}) {
      const auto directory = base_->open_directory(date, true);
      for (const auto& entry : directory->list()) directory->remove(entry.name);
      add_record();
      put_backup(date);
    }
  }
  RetentionResult apply(int retain_days = 0) {
    return apply_retention(*base_, *tables_, found(), rule(kToday, retain_days, kToday));
  }
};

TEST_F(AppliedRetention, DeletesBothFilesAndTheDirectoryThatIsEmptyThen) {
  const RetentionResult result = apply();
  EXPECT_EQ(result.removed_backups, (Dates{"2025-01-01/" + kHistoryBackup, "2025-01-02/" + kHistoryBackup}));
  EXPECT_EQ(result.removed_directories, (Dates{"2025-01-01", "2025-01-02"}));
  EXPECT_FALSE(base_->contains("2025-01-01"));
  EXPECT_EQ(found().size(), 2U);
  EXPECT_TRUE(apply().removed_backups.empty());
}

TEST_F(AppliedRetention, LeavesEveryOtherFileAndDirectoryAlone) {
  put("2025-01-01", "wal_000001.jsonl.covered");
  put("2025-01-02", "notes.txt");
  put("2024-12-31", "photo.jpg");
  base_->open_directory("2025-1-1", true);
  base_->open_directory("photos", true);
  base_->open_directory(kToday, true);
  apply();
  EXPECT_EQ(names_in("2025-01-01"), (Dates{"wal_000001.jsonl.covered"}));
  EXPECT_EQ(names_in("2025-01-02"), (Dates{"notes.txt"}));
  EXPECT_EQ(names_in("2024-12-31"), (Dates{"photo.jpg"}));
  for (const char* name : {"2025-1-1", "photos", kToday}) EXPECT_TRUE(base_->contains(name)) << name;
}

TEST_F(AppliedRetention, LeavesTheLatestOfAnotherStoreAlone) {
  become(kOtherId);
  base_->open_directory("2025-01-01", false)->remove(kLatestBackup);
  std::string bytes;
  latest_->copy([&](std::string_view piece) { bytes += piece; });
  put("2025-01-01", kLatestBackup, bytes);
  become(kStoreId);
  apply();
  EXPECT_EQ(names_in("2025-01-01"), (Dates{kLatestBackup}));
}

TEST_F(AppliedRetention, IsFinishedByTheNextRunWhereverItWasCut) {
  for (const auto mode : {support::CrashMode::drop_unsynced, support::CrashMode::keep_all}) {
    for (std::uint64_t call = 1;; ++call) {
      disk_.crash_at(disk_.calls() + call, mode);
      bool was_cut = true;
      try {
        apply();
        was_cut = false;
      } catch (const support::PowerCut&) {
        // Goes on below.
      }
      disk_.reboot();
      table_disk_->crash();
      boot();
      EXPECT_GE(found().size(), 2U);
      EXPECT_EQ(found().front().watermark, last_sequence_);
      if (!was_cut) break;
    }
    EXPECT_EQ(found().size(), 2U);
    EXPECT_FALSE(base_->contains("2025-01-01"));
    fill();
  }
}

}  // namespace
}  // namespace cfp::backup
