// Damage that only reading every column finds: at open after an unclean end, in the background after a clean close; and
// the next open heals what the background found.

#include <chrono>
#include <mutex>
#include <thread>

#include "oracle/healing_images.h"
#include "support/seeded_choice.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp::oracle {
namespace {

using namespace std::chrono_literals;

constexpr int kRecords = 3000;
constexpr std::uint64_t kBlockBytes = 262'144;

/// Text that does not compress, so that the rows take several blocks.
std::string noise(std::uint64_t seed) {
  support::SeededChoice choice(seed);
  std::string text;
  for (int i = 0; i < 400; ++i) text += static_cast<char>('a' + choice.below(26));
  return text;
}

/// Flips a byte of a block that holds rows and nothing else, so that a file that is opened and counted seems whole.
bool flip_unseen(const fs::path& file, const char* table) {
  const auto tables = tables::make_duckdb_tables({file.parent_path(), 512U << 20U, 1});
  const std::string whole = content_of(file);
  const fs::path copy = file.parent_path() / "copy.duckdb";
  for (std::uint64_t at = 12'288 + kBlockBytes / 2; at < whole.size(); at += kBlockBytes) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_content(copy, damaged);
    const bool is_unseen = tables->read_meta(copy, table) && !tables->verify(copy, table);
    if (is_unseen) {
      EXPECT_FALSE(tables->verify_blocks(copy, table)) << "the checksums of the blocks show it as well";
    }
    if (is_unseen) write_content(file, damaged);
    fs::remove(copy);
    if (is_unseen) return true;
  }
  return false;
}

class DeepHealth : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = std::make_unique<support::TemporaryDirectory>();
    CollectionFastPersist store(kDay, StorePieces::config(base_->path() / "store"));
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      store.store("key" + std::to_string(i % 50), "{\"text\":\"" + noise(i) + "\"}", std::to_string(i % 300));
      if (i == kRecords / 2) store.flush_data_to_duckdb();
    }
    store.close();
  }
  static void TearDownTestSuite() { base_.reset(); }

  void SetUp() override { fs::copy(base_->path() / "store", path(), fs::copy_options::recursive); }

  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] CollectionConfig config() {
    CollectionConfig config = StorePieces::config(path());
    config.max_wal_size = 1 << 20;
    config.log_sink = [this](LogLevel level, std::string_view message) {
      const std::lock_guard lock(mutex_);
      if (level == LogLevel::error) errors_ += std::string(message) + "\n";
    };
    return config;
  }
  [[nodiscard]] std::string errors() {
    const std::lock_guard lock(mutex_);
    return errors_;
  }
  [[nodiscard]] const support::TemporaryDirectory& directory() const { return directory_; }
  [[nodiscard]] bool is_marked() const { return fs::exists(path() / ".check"); }

  /// Healing history takes latest with it, which is ahead of a backup or an empty history.
  void expect_found_and_healed(const char* file, const char* table, std::uint64_t healed) {
    ASSERT_TRUE(flip_unseen(path() / file, table));
    {
      CollectionFastPersist store(kDay, config());
      EXPECT_EQ(store.get_stats().healed_files, 0U);
      for (int i = 0; i < 1000 && errors().empty(); ++i) std::this_thread::sleep_for(10ms);
      EXPECT_EQ(store.get_stats().damaged_files, 1U);
      EXPECT_NE(errors().find(std::string(file) + " is damaged"), std::string::npos) << errors();
      EXPECT_TRUE(is_marked());
      store.store("key0", "{}", "while damaged");
      try {
        store.close();
      } catch (const CollectionFastPersistError&) {
        // The table may not take it; the log has it.
      }
    }
    expect_whole(1, healed);
    EXPECT_FALSE(is_marked());
    expect_whole(1, 0);
  }
  void expect_whole(int more, std::uint64_t healed) {
    CollectionFastPersist store(kDay, config());
    EXPECT_EQ(store.get_stats().healed_files, healed);
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), kRecords + more);
    EXPECT_EQ(count_of(store.latest_conn(), "storage_latest"), 300 + more);
    EXPECT_TRUE(store.check_database_health(store.history_db_path(), "storage_history"));
    EXPECT_TRUE(store.check_database_health(store.latest_db_path(), "storage_latest"));
    const auto last = store.get_item("key49", "", "299");
    ASSERT_TRUE(last);
    EXPECT_EQ(last->data_text().substr(9, 400), noise(kRecords - 1));
    store.close();
  }

 private:
  static inline std::unique_ptr<support::TemporaryDirectory> base_;
  const support::TemporaryDirectory directory_;
  std::mutex mutex_;
  std::string errors_;
};

TEST_F(DeepHealth, DamageOfAClosedHistoryIsFoundInTheBackgroundAndHealedByTheNextOpen) {
  expect_found_and_healed("storage_history.duckdb", "storage_history", 2);
}

TEST_F(DeepHealth, DamageOfAClosedLatestIsFoundInTheBackgroundAndHealedByTheNextOpen) {
  expect_found_and_healed("storage_latest.duckdb", "storage_latest", 1);
}

TEST_F(DeepHealth, DamageThatAHealthCheckFindsIsNotForgotten) {
  ASSERT_TRUE(flip_unseen(path() / "storage_history.duckdb", "storage_history"));
  {
    CollectionFastPersist store(kDay, config());
    EXPECT_FALSE(store.check_database_health(store.history_db_path(), "storage_history"));
    EXPECT_TRUE(is_marked());
  }
  expect_whole(0, 2);
}

TEST_F(DeepHealth, WhatWasNotClosedIsReadInFullBeforeItIsHandedOut) {
  ASSERT_TRUE(flip_unseen(path() / "storage_history.duckdb", "storage_history"));
  const fs::path killed = directory().path() / "killed";
  {
    CollectionFastPersist store(kDay, config());
    store.store("key0", "{}", "one more");
    store.flush_data_to_duckdb();
    copy_as_killed(path(), killed);
  }
  ASSERT_TRUE(fs::exists(killed / "storage_history.duckdb.wal"));
  CollectionConfig asking = config();
  asking.base_dir = killed;
  asking.on_damage = OnDamage::raise;
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, asking); }), ErrorCode::corrupt);
  EXPECT_TRUE(fs::exists(killed / "storage_history.duckdb.wal")) << "nothing was changed";
  asking.on_damage = OnDamage::heal;
  CollectionFastPersist store(kDay, asking);
  EXPECT_EQ(store.get_stats().healed_files, 2U);
  EXPECT_EQ(count_of(store.history_conn(), "storage_history"), kRecords + 1);
}

TEST_F(DeepHealth, ABackupThatRottedUnseenIsPassedOver) {
  for (const char* day : {kDay, kNextDay}) {
    fs::create_directories(path() / day);
    fs::copy_file(path() / "storage_history.duckdb", path() / day / "storage_history.duckdb.backup");
  }
  const fs::path newest = path() / kNextDay / "storage_history.duckdb";
  fs::rename(newest.string() + ".backup", newest);
  ASSERT_TRUE(flip_unseen(newest, "storage_history"));
  fs::rename(newest, newest.string() + ".backup");
  for (const auto& entry : fs::directory_iterator(path() / kDay)) {
    if (entry.path().extension() == ".jsonl") fs::remove(entry.path());
  }
  fs::resize_file(path() / "storage_history.duckdb", 300'000);
  expect_whole(0, 1);
  EXPECT_EQ(fs::file_size(path() / "storage_history.duckdb.corrupt"), 300'000U);
}

TEST_F(DeepHealth, AScanOfAWholeStoreFindsNothingAndDoesNotHoldUpClose) {
  CollectionFastPersist store(kDay, config());
  std::this_thread::sleep_for(700ms);
  const auto begin = std::chrono::steady_clock::now();
  store.close();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_EQ(errors(), "");
  EXPECT_FALSE(is_marked());
}

TEST_F(DeepHealth, DamageThatABackupMeetsIsHealedByTheNextOpen) {
  ASSERT_TRUE(flip_unseen(path() / "storage_history.duckdb", "storage_history"));
  {
    CollectionFastPersist store(kDay, config());
    try {
      static_cast<void>(store.backup());
      ADD_FAILURE() << "a damaged table was backed up";
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt) << error.what();
    }
    EXPECT_TRUE(is_marked());
  }
  expect_whole(0, 2);
  EXPECT_FALSE(is_marked());
}

}  // namespace
}  // namespace cfp::oracle
