// Backups of real tables, made at close and beside the running store, and the log that goes once they have it (P7).

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

using Names = std::vector<std::string>;

class BackedUpStore : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] static std::string today() { return Date::today().to_string(); }
  [[nodiscard]] static std::string history_backup() { return "storage_history.duckdb.backup"; }

  static void add(CollectionFastPersist& store, int records) {
    for (int i = 0; i < records; ++i)
      store.store("k", "{\"filler\":\"" + std::string(400, 'x') + "\"}", "i" + std::to_string(i));
  }
  /// One session that stores so many records; its messages.
  Names run(const char* day, int records) {
    messages_.clear();
    CollectionFastPersist store(day, config_);
    add(store, records);
    store.close();
    return messages_;
  }
  [[nodiscard]] Names names_in(const std::string& day) const {
    Names names;
    if (!fs::exists(path() / day)) return names;
    for (const auto& entry : fs::directory_iterator(path() / day)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  [[nodiscard]] std::size_t segments_in(const std::string& day, const std::string& suffix) const {
    const Names names = names_in(day);
    return static_cast<std::size_t>(std::count_if(names.begin(), names.end(), [&](const std::string& name) {
      return name.starts_with("wal_") && name.ends_with(".jsonl" + suffix);
    }));
  }
  void expect_records(std::int64_t count) const {
    CollectionFastPersist store(kDay, calm_config(path()));
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), count);
  }

  const support::TemporaryDirectory directory_;
  std::mutex messages_mutex_;
  Names messages_;
  CollectionConfig config_ = [this] {
    CollectionConfig config = calm_config(path());
    config.max_wal_size = 4096;
    config.log_sink = [this](LogLevel, std::string_view text) {
      const std::lock_guard lock(messages_mutex_);  // a backup of a caller's may tell of its end beside the close
      messages_.emplace_back(text);
    };
    return config;
  }();
};

TEST_F(BackedUpStore, ACloseLeavesAVerifiedBackupOfBothTablesAndNoLiveLog) {
  run(kDay, 50);
  EXPECT_EQ(segments_in(kDay, ""), 0U);
  EXPECT_GT(segments_in(kDay, ".covered"), 3U);
  const auto backups = list_backups(path(), true);
  ASSERT_EQ(backups.size(), 1U);
  EXPECT_EQ(backups[0].date, Date(kDay));
  EXPECT_TRUE(backups[0].is_readable) << backups[0].problem;
  EXPECT_EQ(std::tuple(backups[0].watermark, backups[0].rows), std::tuple(50U, 50U));
  EXPECT_EQ(backups[0].bytes, fs::file_size(path() / "storage_history.duckdb"));
  EXPECT_EQ(content_of(backups[0].path), content_of(path() / "storage_history.duckdb"));
  EXPECT_EQ(content_of(path() / kDay / "storage_latest.duckdb.backup"), content_of(path() / "storage_latest.duckdb"));
  EXPECT_EQ(fs::status(backups[0].path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  expect_records(50);
}

TEST_F(BackedUpStore, ASecondBackupLetsTheLogOfTheFirstGo) {
  run(kDay, 50);
  run(kNextDay, 10);
  EXPECT_EQ(names_in(kDay), (Names{history_backup(), "storage_latest.duckdb.backup"}));
  EXPECT_EQ(segments_in(kNextDay, ""), 0U);
  EXPECT_GT(segments_in(kNextDay, ".covered"), 0U);
  EXPECT_EQ(list_backups(path()).front().watermark, 60U);
  expect_records(60);
}

TEST_F(BackedUpStore, ACloseThatHasNothingNewCopiesNothing) {
  run(kDay, 5);
  const auto before = fs::last_write_time(path() / kDay / history_backup());
  run(kDay, 0);
  run(kNextDay, 0);
  EXPECT_EQ(fs::last_write_time(path() / kDay / history_backup()), before);
  EXPECT_EQ(list_backups(path()).size(), 1U);
}

TEST_F(BackedUpStore, NumbersAndTimesGoOnWhenTheWholeLogIsGone) {
  run(kDay, 3);
  {
    CollectionFastPersist store(kDay, config_);
    store.backup();
    store.close();
  }
  for (const auto& name : names_in(kDay)) EXPECT_FALSE(name.starts_with("wal_")) << name;
  CollectionFastPersist store(kDay, config_);
  const auto before = store.get_item("k", "", "i2")->updated_at();
  EXPECT_EQ(store.store("k", "{}", "i2"), 4U);
  EXPECT_GE(store.get_item("k", "", "i2")->updated_at().utc(), before.utc());
  EXPECT_EQ(store.get_item("k", "", "i2")->version(), 2U);
}

TEST_F(BackedUpStore, AnArchiveReachesBackToTheOldestBackup) {
  config_.archive_wal = true;
  run("2025-12-20", 10);
  run("2025-12-21", 10);
  EXPECT_EQ(segments_in("2025-12-20", ".archived"), 0U) << "even the oldest backup has it";
  run("2025-12-22", 10);
  EXPECT_GT(segments_in("2025-12-21", ".archived"), 0U);
  EXPECT_EQ(segments_in("2025-12-21", ".covered"), 0U);
  EXPECT_GT(segments_in("2025-12-22", ".covered"), 0U);
  expect_records(30);
}

TEST_F(BackedUpStore, WithoutABackupTheLogStaysForTheNextStart) {
  config_.backup_on_close = false;
  run(kDay, 20);
  EXPECT_TRUE(list_backups(path()).empty());
  EXPECT_GT(segments_in(kDay, ""), 0U);
  config_.backup_on_close = true;
  { CollectionFastPersist(kDay, config_).store("k", "{}", "i"); }  // ends without close
  EXPECT_TRUE(list_backups(path()).empty());
  run(kDay, 0);
  EXPECT_EQ(segments_in(kDay, ""), 0U);
  EXPECT_EQ(list_backups(path()).size(), 1U);
}

TEST_F(BackedUpStore, ABackupBesideTheRunningStoreHasEverythingBeforeItAndStopsNobody) {
  config_.batch_size = 50;
  config_.duckdb_flush_interval_seconds = 0.02;
  config_.latest_interval_seconds = 0.05;
  std::atomic<std::uint64_t> stored{0};
  {
    CollectionFastPersist store(kDay, config_);
    std::atomic<bool> goes_on{true};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int n = 0; goes_on; ++n) {
          store.store("k" + std::to_string(thread), "{}", std::to_string(n % 50), "c");
          ++stored;
          if (n % 16 != 0) continue;
          EXPECT_TRUE(store.get_key("k" + std::to_string(thread), "c"));
        }
      });
    }
    std::uint64_t before = 0;
    for (int i = 0; i < 5; ++i) {
      const std::uint64_t acknowledged = store.get_stats().last_sequence;
      const BackupInfo made = store.backup();
      EXPECT_GE(made.watermark, acknowledged);
      EXPECT_GE(made.watermark, before);
      before = made.watermark;
      EXPECT_EQ(made.date.to_string(), today());
    }
    goes_on = false;
    for (std::thread& thread : threads) thread.join();
    const Stats stats = store.get_stats();
    EXPECT_EQ(stats.backups_made, 5U);
    EXPECT_EQ(stats.last_backup_watermark, before);
    EXPECT_TRUE(stats.last_backup_at);
    EXPECT_EQ(stats.last_backup_error, "");
    EXPECT_EQ(store.list_backups(true).size(), 1U);
    EXPECT_EQ(stats.wal_files_count, segments_in(kDay, ""));
    store.close();
  }
  const auto backups = list_backups(path(), true);
  ASSERT_EQ(backups.size(), 2U);
  EXPECT_EQ(backups[0].watermark, stored);
  expect_records(static_cast<std::int64_t>(stored));
}

TEST_F(BackedUpStore, MakesOneByItselfWhenTheIntervalHasPassed) {
  config_.backup_interval_seconds = 0.05;
  CollectionFastPersist store(kDay, config_);
  add(store, 10);
  while (store.get_stats().backups_made == 0) std::this_thread::yield();
  EXPECT_EQ(store.list_backups().front().watermark, store.get_stats().last_backup_watermark);
}

TEST_F(BackedUpStore, ACloseDoesNotWaitForOneThatIsGivenUp) {
  CollectionFastPersist store(kDay, config_);
  add(store, 2000);
  std::optional<ErrorCode> code;
  std::thread caller([&] {
    for (int i = 0; i < 1000 && !code; ++i) code = code_of([&] { static_cast<void>(store.backup()); });
  });
  while (store.get_stats().backups_made == 0) std::this_thread::yield();
  store.close();
  caller.join();
  EXPECT_EQ(code, ErrorCode::closed);
  EXPECT_EQ(list_backups(path(), true).front().watermark, 2000U);
  for (const auto& name : names_in(today())) EXPECT_FALSE(name.ends_with(".tmp")) << name;
}

TEST_F(BackedUpStore, ListingChangesNothingAndNeedsNoStore) {
  run(kDay, 5);
  fs::remove(path() / "storage_history.duckdb");
  fs::remove_all(path() / ".tmp");
  const auto listing = [&] {
    Names names;
    for (const auto& entry : fs::recursive_directory_iterator(path())) names.push_back(entry.path().string());
    std::sort(names.begin(), names.end());
    return names;
  };
  const Names before = listing();
  EXPECT_EQ(list_backups(path(), true).size(), 1U);
  EXPECT_EQ(listing(), before);
  EXPECT_EQ(code_of([&] { static_cast<void>(list_backups(path() / "nothing")); }), ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(path() / "nothing"));
}

TEST_F(BackedUpStore, AFlippedByteIsFoundByTheFullScan) {
  run(kDay, 200);
  ASSERT_TRUE(damage(path() / kDay / history_backup(), std::string(100, 'x')));
  EXPECT_TRUE(list_backups(path())[0].is_readable);
  const auto backups = list_backups(path(), true);
  EXPECT_FALSE(backups[0].is_readable);
  EXPECT_NE(backups[0].problem.find("damaged"), std::string::npos);
}

TEST_F(BackedUpStore, RetentionDeletesOldDaysAndNothingElse) {
  config_.retain_days = 0;
  fs::create_directories(path() / "2025-01-01");
  write_content(path() / "2025-01-01" / "photo.jpg", "x");
  run("2025-12-20", 5);
  write_content(path() / "2025-12-20" / "notes.txt", "x");
  for (const char* day : {"2025-12-21", "2025-12-22", "2025-12-23"}) run(day, 5);
  EXPECT_EQ(names_in("2025-12-20"), Names{"notes.txt"});
  EXPECT_FALSE(fs::exists(path() / "2025-12-21"));
  EXPECT_TRUE(fs::exists(path() / "2025-12-22" / history_backup()));
  EXPECT_EQ(names_in("2025-01-01"), Names{"photo.jpg"});
  // Backups of the future: the clock went back since.
  for (const char* day : {"2025-12-22", "2025-12-23"}) {
    fs::last_write_time(path() / day / history_backup(), fs::file_time_type::clock::now() + std::chrono::hours(48));
  }
  run("2025-12-24", 5);
  EXPECT_EQ(list_backups(path()).size(), 3U);
}

}  // namespace
}  // namespace cfp::oracle
