// When a backup is made by itself.

#include "support/backup_fixture.h"

namespace cfp::backup {
namespace {

using std::chrono::hours;

class BackupTimes : public BackupFixture {
 protected:
  BackupTimes() {
    options_.interval = hours(24);
    options_.log_bytes = 5000;
    add_record();
  }
  /// The steps of a while.
  std::uint64_t made_after_a_step() {
    background_.run("cfp-backup");
    return backups_->numbers().made;
  }
  void start() {
    backups_ = make_backups();
    backups_->start(background_);
  }
  std::unique_ptr<Backups> backups_;
};

TEST_F(BackupTimes, MakesOneWhenTheIntervalHasPassedAndThereIsNews) {
  start();
  EXPECT_EQ(made_after_a_step(), 0U);
  clock_.advance(hours(24));
  EXPECT_EQ(made_after_a_step(), 1U);
  EXPECT_EQ(made_after_a_step(), 1U);
  clock_.advance(hours(48));
  EXPECT_EQ(made_after_a_step(), 1U) << "nothing new";
  add_record();
  EXPECT_EQ(made_after_a_step(), 2U);
}

TEST_F(BackupTimes, CountsTheIntervalFromTheBackupOfAnEarlierSession) {
  put_backup("2025-01-15");
  add_record();
  clock_.advance(hours(23));
  start();
  EXPECT_EQ(made_after_a_step(), 0U);
  EXPECT_EQ(backups_->numbers().last_watermark, 1U);
  clock_.advance(hours(1));
  EXPECT_EQ(made_after_a_step(), 1U);
}

TEST_F(BackupTimes, MakesOneWhenTheLogHasGrownBeyondItsBoundAndHalfTheFiles) {
  start();
  log_bytes_ = 5000;
  EXPECT_EQ(made_after_a_step(), 0U);
  log_bytes_ = 5001;
  EXPECT_EQ(made_after_a_step(), 1U);
  add_record();
  EXPECT_EQ(made_after_a_step(), 1U) << "what no backup can cover does not ask for one after the other";
  log_bytes_ = 10'003;
  EXPECT_EQ(made_after_a_step(), 2U);
}

TEST_F(BackupTimes, TriesAgainAfterAFailureLessAndLessOften) {
  free_bytes_ = 0;
  start();
  clock_.advance(hours(24));
  int failures = 0;
  for (int minute = 0; minute < 60; ++minute) {
    const std::size_t before = messages_.size();
    EXPECT_EQ(made_after_a_step(), 0U);
    failures += messages_.size() > before ? 1 : 0;
    clock_.advance(std::chrono::minutes(1));
  }
  EXPECT_EQ(failures, 6) << "at 0, 1, 3, 7, 15 and 31 minutes";
  EXPECT_NE(backups_->numbers().last_error.find("No backup was made"), std::string::npos);
  free_bytes_ = 1'000'000;
  clock_.advance(hours(1));
  EXPECT_EQ(made_after_a_step(), 1U);
  EXPECT_EQ(backups_->numbers().last_error, "");
}

TEST_F(BackupTimes, FinishesWhatAKillInterruptedAfterALaterStart) {
  put_backup("2025-01-14");
  put("2025-01-14", kHistoryBackup + ".tmp");
  segments_ = {segment("2025-01-13", 1, 1)};
  start();
  made_after_a_step();
  EXPECT_TRUE(exists("2025-01-13", "wal_000001.jsonl.covered"));
  EXPECT_FALSE(exists("2025-01-14", kHistoryBackup + ".tmp"));
  EXPECT_EQ(backups_->numbers().retired_files, 1U);
}

TEST_F(BackupTimes, AClockThatJumpsDoesNotStopOrMultiplyThem) {
  start();
  for (const int jump : {400 * 24, -800 * 24, 400 * 24}) {
    clock_.set_now(clock_.now() + hours(jump));
    EXPECT_EQ(made_after_a_step(), 0U);
  }
  clock_.set_now(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1));
  clock_.advance(hours(24));
  EXPECT_EQ(made_after_a_step(), 1U);
  EXPECT_TRUE(exists("1970-01-02", kHistoryBackup));
}

}  // namespace
}  // namespace cfp::backup
