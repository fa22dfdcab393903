// Damage is local and loud (P10), and what the chain does not need cannot stop a start (P11).

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crash/damaged_store.h"
#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

class DamagedStore : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] fs::path history() const { return path() / "storage_history.duckdb"; }
  [[nodiscard]] fs::path latest() const { return path() / "storage_latest.duckdb"; }
  [[nodiscard]] fs::path segment(int number = 1) const {
    return path() / kDay / ("wal_00000" + std::to_string(number) + ".jsonl");
  }
  [[nodiscard]] CollectionConfig config() const {
    CollectionConfig calm = calm_config(path());
    calm.backup_on_close = false;
    return calm;
  }

  void make(int records) const {
    CollectionFastPersist store(kDay, config());
    for (int i = 0; i < records; ++i)
      store.store("k", "{\"mark\":\"m" + std::to_string(i) + "\"}", std::to_string(i % 7));
    store.close();
  }
  void expect_whole(int records) const {
    for (int round = 0; round < 2; ++round) {
      CollectionFastPersist store(kDay, config());
      EXPECT_EQ(count_of(store.history_conn(), "storage_history"), records + round);
      EXPECT_EQ(count_of(store.latest_conn(), "storage_latest"), std::min(records, 7));
      EXPECT_EQ(store.get_key("k", "")->size(), static_cast<std::size_t>(std::min(records, 7)));
      store.store("k", "{}", "0");
      store.close();
    }
  }
  [[nodiscard]] std::optional<ErrorCode> code_of_open() const {
    return code_of([&] { CollectionFastPersist store(kDay, config()); });
  }
  [[nodiscard]] std::string text_of_open() const {
    return text_of([&] { CollectionFastPersist store(kDay, config()); });
  }

 private:
  const support::TemporaryDirectory directory_;
};

TEST_F(DamagedStore, AMissingLatestFileIsBuiltFromHistory) {
  make(20);
  fs::remove(latest());
  expect_whole(20);
}

TEST_F(DamagedStore, ADamagedLatestFileIsSetAsideAndBuiltFromHistory) {
  make(20);
  write_content(latest(), "this is no database");
  expect_whole(20);
  EXPECT_EQ(content_of(path() / "storage_latest.duckdb.corrupt"), "this is no database");
}

TEST_F(DamagedStore, ALatestFileOfAnotherStoreIsSetAsideAndBuiltFromHistory) {
  make(20);
  crash::run_sql(latest(), "UPDATE cfp_meta SET store_id = '0123456789abcdef0123456789abcdef'");
  expect_whole(20);
}

TEST_F(DamagedStore, ALatestFileAheadOfHistoryIsBuiltAgain) {
  make(20);
  crash::run_sql(latest(), "UPDATE cfp_meta SET watermark = 1000");
  expect_whole(20);
}

TEST_F(DamagedStore, AMissingHistoryFileIsBuiltFromTheWholeLog) {
  make(20);
  fs::remove(history());
  expect_whole(20);
}

TEST_F(DamagedStore, AMissingHistoryFileThatTheLogDoesNotCoverIsAnErrorAndStaysOne) {
  make(20);
  fs::remove(history());
  fs::remove_all(path() / kDay);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(code_of_open(), ErrorCode::corrupt);
  EXPECT_FALSE(fs::exists(history()));
}

TEST_F(DamagedStore, ADamagedHistoryFileIsTheErrorOfTheSpecification) {
  make(20);
  fs::resize_file(history(), 5000);
  EXPECT_EQ(code_of_open(), ErrorCode::corrupt);
  const std::string text = text_of_open();
  EXPECT_NE(text.find("Failed to open storage_history.duckdb.\nDatabase may be corrupted. To recover:\n1. "),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("rebuild_history_from_wal(date)"), std::string::npos);
  EXPECT_EQ(fs::file_size(history()), 5000U) << "nothing was changed";
}

TEST_F(DamagedStore, ALostRowOfHistoryIsFoundAtOpen) {
  make(20);
  crash::run_sql(history(), "DELETE FROM storage_history WHERE cfp_seq = 4");
  EXPECT_EQ(code_of_open(), ErrorCode::corrupt);
}

TEST_F(DamagedStore, ANewerFormatIsRefusedAndLeftAlone) {
  make(5);
  crash::run_sql(history(), "UPDATE cfp_meta SET format = 2");
  EXPECT_EQ(code_of_open(), ErrorCode::newer_version);
  crash::run_sql(history(), "UPDATE cfp_meta SET format = 1");
  crash::run_sql(latest(), "UPDATE cfp_meta SET format = 2");
  EXPECT_EQ(code_of_open(), ErrorCode::newer_version);
  crash::run_sql(latest(), "UPDATE cfp_meta SET format = 1");
  expect_whole(5);
}

TEST_F(DamagedStore, ADamagedAcknowledgedLineIsAnErrorWithFilePlaceAndSequences) {
  const fs::path killed = path().parent_path() / "killed";
  {
    CollectionFastPersist store(kDay, config());
    for (int i = 0; i < 20; ++i) store.store("k", "{\"mark\":\"m" + std::to_string(i) + "!\"}", std::to_string(i));
    copy_as_killed(path(), killed);
  }
  const fs::path damaged = killed / kDay / "wal_000001.jsonl";
  const std::string before = content_of(damaged);
  ASSERT_TRUE(damage(damaged, "m9!"));
  const auto open = [&] { CollectionFastPersist store(kDay, calm_config(killed)); };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(code_of(open), ErrorCode::corrupt);
  const std::string text = text_of(open);
  const std::size_t offset = before.rfind('\n', before.find("m9!")) + 1;
  EXPECT_NE(text.find("2025-12-24/wal_000001.jsonl at byte " + std::to_string(offset)), std::string::npos) << text;
  EXPECT_NE(text.find("records 10 to 10"), std::string::npos) << text;
  write_content(damaged, before);  // the copy that the error asks for
  CollectionFastPersist store(kDay, calm_config(killed));
  EXPECT_EQ(store.get_key("k", "")->size(), 20U);
}

TEST_F(DamagedStore, AMissingSegmentWithAcknowledgedRecordsIsAnError) {
  const fs::path killed = path().parent_path() / "killed";
  auto small = config();
  small.max_wal_size = 4096;
  {
    CollectionFastPersist store(kDay, small);
    for (int i = 0; i < 60; ++i) store.store("k", "{}", std::to_string(i));
    copy_as_killed(path(), killed);
  }
  fs::remove(killed / kDay / "wal_000002.jsonl");
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config(killed)); }), ErrorCode::corrupt);
}

TEST_F(DamagedStore, WhatIsNotOursCannotStopAStart) {
  make(5);
  const fs::path day = path() / kDay;
  write_content(segment(7), "");
  write_content(segment(8), std::string(4096, '\0'));
  write_content(segment(9), "somebody's notes\n");
  write_content(day / "holiday.jpg", "x");
  write_content(day / "wal_x.jsonl", "x");
  write_content(path() / "2024-01-01", "a file with the name of a day");
  fs::create_directories(path() / "2024-13-45");
  fs::create_directories(path() / "2024-02-02" / "wal_000001.jsonl");
  fs::create_symlink("/etc/passwd", day / "wal_000010.jsonl");
  fs::create_symlink("/etc", path() / "2024-03-03");
  ASSERT_EQ(::mkfifo((day / "wal_000011.jsonl").c_str(), 0600), 0);
  expect_whole(5);
  EXPECT_EQ(content_of(segment(9)), "somebody's notes\n");
  EXPECT_TRUE(fs::is_symlink(day / "wal_000010.jsonl"));
}

TEST_F(DamagedStore, ASegmentOfAnotherStoreIsLeftAlone) {
  make(5);
  const fs::path other = path().parent_path() / "other";
  {
    CollectionFastPersist store(kDay, calm_config(other));
    store.store("foreign", "{}", "i");
    copy_as_killed(other, path().parent_path() / "killed");
  }
  fs::copy_file(path().parent_path() / "killed" / kDay / "wal_000001.jsonl", segment(5));
  expect_whole(5);
  CollectionFastPersist store(kDay, config());
  EXPECT_FALSE(store.get_key("foreign"));
}

TEST_F(DamagedStore, AHardLinkedSegmentIsNeverSilentlySkipped) {
  const fs::path killed = path().parent_path() / "killed";
  {
    CollectionFastPersist store(kDay, config());
    store.store("k", "{}", "i");
    copy_as_killed(path(), killed);
  }
  const fs::path twin = path().parent_path() / "twin";
  fs::create_hard_link(killed / kDay / "wal_000001.jsonl", twin);
  const auto open = [&] { CollectionFastPersist store(kDay, calm_config(killed)); };
  EXPECT_NE(code_of(open), std::nullopt) << "the acknowledged record was dropped";
  fs::remove(twin);
  CollectionFastPersist store(kDay, calm_config(killed));
  EXPECT_TRUE(store.get_item("k", "", "i"));
}

}  // namespace
}  // namespace cfp::oracle
