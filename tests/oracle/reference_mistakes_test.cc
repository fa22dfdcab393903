// What the reference implementation does wrong (docs/architecture.md), each as a promise of this one.

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <thread>

#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

class Mistakes : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path(const std::string& name = "store") const { return directory_.path() / name; }
  /// Opens what a kill would leave of the open store.
  CollectionFastPersist reopened_after_kill(const char* day = kDay) {
    const fs::path to = path("killed" + std::to_string(++copies_));
    copy_as_killed(path(), to);
    return CollectionFastPersist(day, calm_config(to));
  }

 private:
  const support::TemporaryDirectory directory_;
  int copies_ = 0;
};

TEST_F(Mistakes, ACrashAfterAFlushLeavesLatestUpToDate) {
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", R"({"a":1})", "i");
  static_cast<void>(count_of(store.latest_conn(), "storage_latest"));
  store.store("k", R"({"a":2})", "i");
  store.flush_data_to_duckdb();
  auto after = reopened_after_kill();
  EXPECT_EQ(after.latest_conn().execute("SELECT data->>'a' FROM storage_latest").fetchone()->at(0), Cell("2"));
  EXPECT_EQ(after.get_item("k", "", "i")->version(), 2U);
}

TEST_F(Mistakes, AfterRecoveryACollectionShowsAllItsItems) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    for (int i = 0; i < 100; ++i) store.store("k", "{}", "item" + std::to_string(i), "c");
    store.close();
  }
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", "{}", "item100", "c");
  store.store("k", "{}", "item7", "c");
  auto after = reopened_after_kill();
  EXPECT_EQ(after.get_key("k", "c")->size(), 101U);
  EXPECT_EQ(after.get_item("k", "c", "item7")->version(), 2U);
}

TEST_F(Mistakes, ARestartOnAnotherDateReplaysTheOldLog) {
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", R"({"a":1})", "i");
  auto after = reopened_after_kill(kNextDay);
  EXPECT_EQ(after.get_item("k", "", "i")->data().get_int("a"), 1);
  EXPECT_EQ(after.get_stats().recovered_records, 1U);
  EXPECT_EQ(after.store("k", "{}", "i"), 2U);
}

TEST_F(Mistakes, OneDamagedLineCostsNoOtherRecord) {
  CollectionFastPersist store(kDay, calm_config(path()));
  for (int i = 0; i < 10; ++i) store.store("k", "{\"a\":\"mark" + std::to_string(i) + "\"}", std::to_string(i));
  store.flush_data_to_duckdb();
  for (int i = 10; i < 20; ++i) store.store("k", "{}", std::to_string(i));
  copy_as_killed(path(), path("damaged"));
  ASSERT_TRUE(damage(path("damaged") / kDay / "wal_000001.jsonl", "mark5"));
  CollectionFastPersist after(kDay, calm_config(path("damaged")));
  EXPECT_EQ(after.get_key("k", "")->size(), 20U);
}

TEST_F(Mistakes, NewRecordsGoBehindATornTailWithNewNumbers) {
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", R"({"a":1})", "i");
  copy_as_killed(path(), path("torn"));
  const fs::path segment = path("torn") / kDay / "wal_000001.jsonl";
  std::string text = content_of(segment);
  text.resize(text.find_last_not_of('\0') + 1);
  write_content(segment, text + "{\"key\":\"k\",\"colle");
  std::string told;
  {
    auto config = calm_config(path("torn"));
    config.log_sink = [&](LogLevel, std::string_view message) { told += message; };
    CollectionFastPersist after(kDay, config);
    EXPECT_EQ(after.get_stats().torn_bytes, 17U);
    EXPECT_EQ(after.get_stats().set_aside_bytes, 17U);
    EXPECT_EQ(after.store("k", R"({"a":2})", "i"), 2U);
  }
  EXPECT_NE(told.find("torn tail"), std::string::npos);
  CollectionFastPersist after(kDay, calm_config(path("torn")));
  EXPECT_EQ(after.get_item("k", "", "i")->version(), 2U);
  EXPECT_EQ(content_of(path("torn") / kDay / "wal_000001.jsonl.torn"), "{\"key\":\"k\",\"colle");
}

TEST_F(Mistakes, ACrashBetweenCommitAndCleanUpDoublesNothing) {
  CollectionFastPersist store(kDay, calm_config(path()));
  for (int i = 0; i < 5; ++i) store.store("k", "{}", "i");
  store.flush_data_to_duckdb();
  for (int i = 0; i < 3; ++i) {
    auto after = reopened_after_kill();
    EXPECT_EQ(count_of(after.history_conn(), "storage_history"), 5);
  }
}

TEST_F(Mistakes, AnEarlierFlushDeletesNothingOfALaterOne) {
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", R"({"a":1})", "i");
  store.flush_data_to_duckdb();
  store.store("k", R"({"a":2})", "i");
  auto after = reopened_after_kill();
  EXPECT_EQ(after.get_item("k", "", "i")->data().get_int("a"), 2);
}

TEST_F(Mistakes, CloseDuringAFlushLosesNothing) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    for (int i = 0; i < 500; ++i) store.store("k", "{}", "i" + std::to_string(i % 20));
    std::thread flush([&] { static_cast<void>(code_of([&] { store.flush_data_to_duckdb(); })); });
    store.close();
    flush.join();
  }
  CollectionFastPersist store(kDay, calm_config(path()));
  EXPECT_EQ(count_of(store.history_conn(), "storage_history"), 500);
}

TEST_F(Mistakes, APoisonValueIsRefusedAndLeavesNoTrace) {
  auto config = calm_config(path());
  config.extra_schema = {{"level", "int32"}};
  CollectionFastPersist store(kDay, config);
  store.store("k", R"({"a":1})", "good");
  for (const char* poison : {R"({"status_int":"high"})", R"({"n":99999999999999999999})", "{\"s\":\"\\ud800\"}",
                             R"({"n":NaN})", R"({"a":1,"a":2})", "[1]", "{", "{\"s\":\"\xff\"}"}) {
    EXPECT_EQ(code_of([&] { store.store("k", poison, "bad"); }), ErrorCode::invalid_record) << poison;
  }
  EXPECT_EQ(code_of([&] { store.store("k", R"({"level":"high"})", "bad"); }), ErrorCode::extra_schema);
  EXPECT_FALSE(store.get_item("k", "", "bad"));
  EXPECT_EQ(store.get_stats().last_sequence, 1U);
  EXPECT_EQ(store.get_stats().unflushed_records, 1U);
  store.store("k", R"({"level":3})", "good");
  store.flush_data_to_duckdb();
  EXPECT_EQ(count_of(store.history_conn(), "storage_history"), 2);
}

TEST_F(Mistakes, DigitsStayTextAndTimestampsDoNotShiftByTheZone) {
  ASSERT_EQ(::setenv("TZ", "America/New_York", 1), 0);
  ::tzset();
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", R"({"number":"20240101","at":"2024-01-01T10:00:00"})", "i", "", {},
              Timestamp("2024-01-01T10:00:00"));
  const auto row = store.history_conn()
                       .execute("SELECT data->>'number', CAST(\"timestamp\" AS VARCHAR) FROM storage_history")
                       .fetchone();
  EXPECT_EQ(row->at(0), Cell("20240101"));
  EXPECT_EQ(row->at(1), Cell("2024-01-01 10:00:00"));
  EXPECT_EQ(store.get_item("k", "", "i")->data().get_string("at"), "2024-01-01T10:00:00+00:00");
  ::unsetenv("TZ");
  ::tzset();
}

TEST_F(Mistakes, GetKeyFindsAllAfterACleanRestart) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    store.store("k", R"({"a":1})", "i", "c1");
    store.store("k", R"({"a":2})", "i", "c2");
    store.close();
  }
  CollectionFastPersist store(kDay, calm_config(path()));
  const auto collections = store.get_key("k");
  ASSERT_TRUE(collections);
  ASSERT_EQ(collections->size(), 2U);
  EXPECT_EQ(collections->at(0).name, "c1");
  EXPECT_EQ(collections->at(1).items[0].data().get_int("a"), 2);
}

TEST_F(Mistakes, AMissLeavesNoTrace) {
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", "{}", "i", "c");
  EXPECT_FALSE(store.get_key("k", "missing"));
  EXPECT_FALSE(store.get_key("missing"));
  EXPECT_FALSE(store.get_item("missing", "c", "i"));
  EXPECT_EQ(store.get_key("k")->size(), 1U);
  EXPECT_EQ(store.get_stats().cache_size, 1U);
}

TEST_F(Mistakes, AnExtraColumnThatTheTablesLackStopsTheOpenAndCostsNothing) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    store.store("k", R"({"level":1})", "i");
    store.close();
  }
  auto more = calm_config(path());
  more.extra_schema = {{"level", "int32"}};
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, more); }), ErrorCode::extra_schema);
  CollectionFastPersist store(kDay, calm_config(path()));
  EXPECT_EQ(store.get_item("k", "", "i")->data().get_int("level"), 1);
  store.store("k", R"({"level":2})", "i");
  store.flush_data_to_duckdb();
}

TEST_F(Mistakes, RebuildingLatestWithUnflushedWritesDoesNotGoBackInTime) {
  CollectionFastPersist store(kDay, calm_config(path()));
  store.store("k", R"({"a":1})", "i");
  store.flush_data_to_duckdb();
  store.store("k", R"({"a":2})", "i");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store.rebuild_latest_from_history(), 1U);
    EXPECT_EQ(store.get_item("k", "", "i")->data().get_int("a"), 2);
    EXPECT_EQ(store.latest_conn().execute("SELECT data->>'a' FROM storage_latest").fetchone()->at(0), Cell("2"));
    EXPECT_EQ(store.rebuild_history_from_wal(kDay), 2U);
  }
  EXPECT_EQ(store.rebuild_history_from_wal("2020-02-02"), 0U);
}

TEST_F(Mistakes, AnExplicitBaseDirWinsOverTheConfigs) {
  CollectionFastPersist store(kDay, path("explicit"), calm_config(path("configured")));
  EXPECT_EQ(store.base_dir(), path("explicit"));
  EXPECT_TRUE(fs::exists(path("explicit") / "storage_history.duckdb"));
  EXPECT_FALSE(fs::exists(path("configured")));
}

TEST_F(Mistakes, TheHealthCheckFindsAFlippedByte) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    for (int i = 0; i < 2000; ++i) store.store("k", "{\"a\":\"" + std::to_string(i * 7919) + "\"}", std::to_string(i));
    store.close();
  }
  const fs::path good = path() / "storage_history.duckdb", bad = path("copy.duckdb");
  CollectionFastPersist store(kDay, calm_config(path("other")));
  EXPECT_TRUE(store.check_database_health(good, "storage_history"));
  std::string bytes = content_of(good);
  int found = 0;
  for (std::size_t at = 12'288 + 4096; at < bytes.size(); at += 262'144) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_content(bad, damaged);
    found += store.check_database_health(bad, "storage_history") ? 0 : 1;
  }
  EXPECT_GT(found, 0);
  EXPECT_FALSE(store.check_database_health(path("missing.duckdb"), "storage_history"));
  EXPECT_EQ(code_of([&] { static_cast<void>(store.check_database_health(good, "pragma_version")); }),
            ErrorCode::invalid_argument);
  EXPECT_TRUE(store.check_database_health(store.history_db_path(), "storage_history"));
  EXPECT_TRUE(store.check_database_health(store.latest_db_path(), "storage_latest"));
}

}  // namespace
}  // namespace cfp::oracle
