// What can be in a backup's way: a full disk, links, other stores. The store itself loses nothing by any of it.

#include <gtest/gtest.h>

#include "oracle/opened_store.h"
#include "oracle/small_disk.h"

namespace cfp::oracle {
namespace {

class BackupTrouble : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] fs::path backup_of(const std::string& day) const {
    return path() / day / "storage_history.duckdb.backup";
  }
  [[nodiscard]] static std::string today() { return Date::today().to_string(); }
  [[nodiscard]] static bool has_live_log(const fs::path& day) {
    for (const auto& entry : fs::directory_iterator(day)) {
      if (entry.path().extension() == ".jsonl") return true;
    }
    return false;
  }
  /// A session whose close reports that its backup failed, and loses nothing by that. The report.
  std::string failing_close(ErrorCode expected) {
    std::string text;
    {
      CollectionFastPersist store(kDay, calm_config(path()));
      store.store("k", "{}", "i" + std::to_string(records_++));
      try {
        store.close();
        ADD_FAILURE() << "the failure was not reported";
      } catch (const CollectionFastPersistError& error) {
        EXPECT_EQ(error.code(), expected) << error.what();
        text = error.what();
      }
      store.close();  // it is closed
    }
    EXPECT_TRUE(has_live_log(path() / kDay));
    EXPECT_NE(text.find("The store is closed and nothing is lost"), std::string::npos) << text;
    expect_whole();
    return text;
  }
  void expect_whole() const {
    CollectionFastPersist store(kDay, calm_config(path()));
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), records_);
  }
  void make() {
    CollectionFastPersist store(kDay, calm_config(path()));
    store.store("k", "{}", "i" + std::to_string(records_++));
    store.close();
  }

  const support::TemporaryDirectory directory_;
  int records_ = 0;
};

TEST_F(BackupTrouble, AFullDiskCostsTheBackupOnly) {
  const SmallDisk disk(path(), "24m");
  if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
  auto config = calm_config(path());
  config.max_wal_size = 4096;
  make();
  {
    CollectionFastPersist store(kDay, config);
    write_content(path() / "ballast", std::string(21 << 20U, 'x'));
    store.store("k", "{}", "i" + std::to_string(records_++));
    EXPECT_EQ(code_of([&] { static_cast<void>(store.backup()); }), ErrorCode::disk_full);
    const Stats stats = store.get_stats();
    EXPECT_NE(stats.last_backup_error, "");
    EXPECT_EQ(stats.backups_made, 0U);
    EXPECT_FALSE(fs::exists(backup_of(today())));
    store.store("k", "{}", "i" + std::to_string(records_++));
    fs::remove(path() / "ballast");
    EXPECT_EQ(store.backup().watermark, static_cast<std::uint64_t>(records_));
    EXPECT_EQ(store.get_stats().last_backup_error, "");
  }
  expect_whole();
}

TEST_F(BackupTrouble, ALinkInThePlaceOfADayIsRefused) {
  make();
  fs::create_directories(directory_.path() / "elsewhere");
  fs::create_directory_symlink(directory_.path() / "elsewhere", path() / today());
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    EXPECT_EQ(code_of([&] { static_cast<void>(store.backup()); }), ErrorCode::foreign);
    EXPECT_NE(store.get_stats().last_backup_error.find("is a link or no directory"), std::string::npos);
    const auto backups = store.list_backups();
    ASSERT_EQ(backups.size(), 2U);
    EXPECT_TRUE(backups[0].is_readable);
    EXPECT_FALSE(backups[1].is_readable);
  }
  EXPECT_TRUE(fs::is_empty(directory_.path() / "elsewhere"));
}

TEST_F(BackupTrouble, ALinkOrDirectoryInThePlaceOfABackupIsNeitherFollowedNorReplaced) {
  make();
  fs::remove(backup_of(kDay));
  write_content(directory_.path() / "elsewhere", "x");
  fs::create_symlink(directory_.path() / "elsewhere", backup_of(kDay));
  EXPECT_NE(failing_close(ErrorCode::foreign).find(backup_of(kDay).string() + " is no regular file"),
            std::string::npos);
  EXPECT_EQ(content_of(directory_.path() / "elsewhere"), "x");
  fs::remove(backup_of(kDay));
  fs::create_directory(backup_of(kDay));
  failing_close(ErrorCode::foreign);
  fs::remove(backup_of(kDay));
  make();
  EXPECT_TRUE(list_backups(path(), true).at(0).is_readable);
}

TEST_F(BackupTrouble, TheBackupsOfAnotherStoreAreNeverCountedReplacedOrDeleted) {
  const fs::path other = directory_.path() / "other";
  for (const char* day : {kDay, kNextDay}) {
    CollectionFastPersist store(day, calm_config(other));
    for (int i = 0; i < 100; ++i) store.store("k", "{}", "i");
    store.close();
  }
  const std::string theirs = content_of(other / kDay / "storage_history.duckdb.backup");
  {
    CollectionConfig without_backup = calm_config(path());
    without_backup.backup_on_close = false;
    CollectionFastPersist store(kDay, without_backup);  // in a directory with theirs alone it would be theirs
    store.store("k", "{}", "i" + std::to_string(records_++));
    store.close();
  }
  for (const char* day : {kDay, kNextDay}) {
    fs::create_directories(path() / day);
    fs::copy(other / day / "storage_history.duckdb.backup", backup_of(day));
  }
  const std::string text = failing_close(ErrorCode::foreign);
  EXPECT_NE(text.find(backup_of(kDay).string() + " is a backup of another store"), std::string::npos) << text;
  EXPECT_EQ(content_of(backup_of(kDay)), theirs);
  CollectionConfig config = calm_config(path());
  config.retain_days = 0;
  CollectionFastPersist store("2025-12-26", config);
  store.close();
  EXPECT_EQ(content_of(backup_of(kDay)), theirs);
  EXPECT_TRUE(fs::exists(backup_of(kNextDay)));
  EXPECT_EQ(list_backups(path()).size(), 3U);
  EXPECT_FALSE(has_live_log(path() / kDay)) << "covered by its own";
  EXPECT_TRUE(fs::exists(path() / kDay / "wal_000001.jsonl.covered")) << "not deleted for the sake of others'";
}

TEST_F(BackupTrouble, TheBackupOfAnotherStoreDoesNotTakeAStoreOverThatHasItsOwn) {
  for (const char* day : {"2025-12-20", "2025-12-21", "2025-12-22"}) {
    CollectionFastPersist store(day, calm_config(path()));
    if (records_ < 1) store.store("k", "{}", "i" + std::to_string(records_++));
    store.close();
    fs::last_write_time(backup_of("2025-12-20"), fs::file_time_type::clock::now() - std::chrono::hours(1));
    if (!fs::exists(backup_of(day))) fs::copy_file(backup_of("2025-12-20"), backup_of(day));
  }
  for (const auto& entry : fs::recursive_directory_iterator(path())) {
    if (entry.path().filename().string().starts_with("wal_")) fs::remove(entry.path());  // as two backups allow
  }
  const fs::path other = directory_.path() / "other";
  {
    CollectionFastPersist store(kDay, calm_config(other));
    for (int i = 0; i < 100; ++i) store.store("k", "{}", "i");
    store.close();
  }
  fs::create_directories(path() / kDay);
  fs::copy(other / kDay / "storage_history.duckdb.backup", backup_of(kDay));
  CollectionConfig config = calm_config(path());
  config.backup_on_close = false;
  CollectionFastPersist store("2025-12-23", config);
  EXPECT_EQ(store.get_stats().healed_files, 0U);
  EXPECT_EQ(count_of(store.history_conn(), "storage_history"), records_);
  EXPECT_TRUE(store.get_item("k", "", "i0"));
  store.close();
  EXPECT_FALSE(fs::exists(path() / "storage_history.duckdb.corrupt"));
}

TEST_F(BackupTrouble, ForeignSegmentsAndFilesStayWhereTheyAre) {
  make();
  write_content(path() / kDay / "wal_000077.jsonl", "mine\n");
  write_content(path() / kDay / "wal_000078.jsonl", "");
  make();
  EXPECT_EQ(content_of(path() / kDay / "wal_000077.jsonl"), "mine\n");
}

TEST_F(BackupTrouble, ATornBackupIsSetAsideWhenTheNextIsVerified) {
  make();
  fs::resize_file(backup_of(kDay), 5000);
  EXPECT_FALSE(list_backups(path()).at(0).is_readable);
  make();
  EXPECT_EQ(fs::file_size(backup_of(kDay).string() + ".corrupt"), 5000U);
  EXPECT_TRUE(list_backups(path(), true).at(0).is_readable);
}

}  // namespace
}  // namespace cfp::oracle
