// A store that is opened for reading only: what it shows, what it refuses, and that it changes nothing.

#include <gtest/gtest.h>
#include <unistd.h>

#include "oracle/read_only_store.h"

namespace cfp::oracle {
namespace {

TEST_F(ReadOnly, ReadsAllThatAWriterClosed) {
  write_and_close(3);
  const auto before = support::listing_of(path());
  {
    CollectionFastPersist store(kNextDay, reading());
    EXPECT_EQ(number_of(store, "i2"), 2);
    EXPECT_EQ(store.get_key("k", "c")->size(), 3U);
    EXPECT_EQ(store.get_record("k", "c", "i0")->version(), 1U);
    EXPECT_FALSE(store.get_item("k", "c", "other"));
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), 3);
    EXPECT_EQ(count_of(store.latest_conn(), "storage_latest"), 3);
    EXPECT_TRUE(store.check_database_health(store.history_db_path(), "storage_history"));
    EXPECT_TRUE(store.check_database_health(store.latest_db_path(), "storage_latest"));
    EXPECT_EQ(store.get_stats().last_sequence, 3U);
    EXPECT_EQ(store.get_stats().unflushed_records, 0U);
    EXPECT_EQ(store.get_stats().last_backup_watermark, 3U);
    EXPECT_EQ(store.list_backups(true).size(), 1U);
    store.close();
  }
  EXPECT_EQ(support::listing_of(path()), before);
  expect_goes_on(3);
}

TEST_F(ReadOnly, SeesWhatIsOnlyInTheLogOfAKilledWriter) {
  leave_killed([](CollectionFastPersist& store) {
    store.store("k", Data().set("n", 1), "i0", "c", 0);
    store.flush_data_to_duckdb();
    static_cast<void>(count_of(store.latest_conn(), "storage_latest"));  // brings latest up to date
    store.store("k", Data().set("n", 2), "i0", "c", 10);
    store.store("k", Data().set("n", 3), "i1", "c", 1);
    store.store("other", Data().set("n", 4), "i", "", 2);
  });
  const auto before = support::listing_of(path());
  {
    CollectionFastPersist store(kNextDay, reading());
    EXPECT_EQ(number_of(store, "i0"), 10);
    EXPECT_EQ(store.get_item("k", "c", "i0")->version(), 2U);
    EXPECT_EQ(Data(store.get_item("k", "c", "i0")->data_text()).get_int("n"), 2);
    EXPECT_EQ(store.get_key("k", "c")->size(), 2U);
    EXPECT_TRUE(store.get_key("other"));
    const Stats stats = store.get_stats();
    EXPECT_EQ(stats.last_sequence, 4U);
    EXPECT_EQ(stats.history_watermark, 1U);
    EXPECT_EQ(stats.unflushed_records, 3U);
    EXPECT_EQ(stats.recovered_records, 3U);
    for (QueryConnection* table : {&store.history_conn(), &store.latest_conn()}) {
      const auto ask = [&] { static_cast<void>(table->execute("SELECT 1")); };
      EXPECT_EQ(code_of(ask), ErrorCode::read_only);
      EXPECT_NE(text_of(ask).find("lacks the last 3 acknowledged records"), std::string::npos) << text_of(ask);
      EXPECT_NE(text_of(ask).find("open the store for writing once"), std::string::npos) << text_of(ask);
    }
    store.close();
  }
  EXPECT_EQ(support::listing_of(path()), before);
  expect_goes_on(4);
}

TEST_F(ReadOnly, SeesWhatIsOnlyInHistory) {
  leave_killed([](CollectionFastPersist& store) {
    for (int n = 0; n < 5; ++n) store.store("k", Data().set("n", n), "i" + std::to_string(n % 2), "c", n);
    store.flush_data_to_duckdb();  // to history; latest waits for an hour
  });
  ASSERT_TRUE(fs::exists(path() / "storage_history.duckdb.wal"));
  const auto before = support::listing_of(path());
  {
    CollectionFastPersist store(kNextDay, reading());
    EXPECT_EQ(store.get_stats().history_watermark, 5U);
    EXPECT_EQ(store.get_stats().latest_watermark, 0U);
    EXPECT_EQ(store.get_stats().recovered_records, 0U);
    EXPECT_EQ(number_of(store, "i0"), 4);
    EXPECT_EQ(store.get_item("k", "c", "i0")->version(), 3U);
    EXPECT_EQ(store.get_item("k", "c", "i1")->version(), 2U);
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), 5);
    const auto ask = [&] { static_cast<void>(store.latest_conn().execute("SELECT 1")); };
    EXPECT_EQ(code_of(ask), ErrorCode::read_only) << "never silently stale";
  }
  EXPECT_EQ(support::listing_of(path()), before);
  expect_goes_on(5);
}

TEST_F(ReadOnly, LeavesATornTailWhereItIsAndReportsIt) {
  leave_killed([](CollectionFastPersist& store) {
    for (int n = 0; n < 3; ++n) store.store("k", Data(), "i" + std::to_string(n), "c", n);
  });
  const fs::path segment = path() / kDay / "wal_000001.jsonl";
  std::string content = content_of(segment);
  content.resize(content.find('\0'));
  write_content(segment, content + "{\"key\":\"torn");
  const auto before = support::listing_of(path());
  {
    CollectionFastPersist store(kNextDay, reading());
    EXPECT_EQ(store.get_key("k", "c")->size(), 3U);
    EXPECT_EQ(store.get_stats().torn_bytes, 12U);
    EXPECT_NE(messages().find("torn tail of 12 bytes"), std::string::npos) << messages();
  }
  EXPECT_EQ(support::listing_of(path()), before);
  expect_goes_on(3);
}

TEST_F(ReadOnly, RefusesALogInWhichAcknowledgedRecordsAreDamaged) {
  leave_killed([](CollectionFastPersist& store) {
    for (int n = 0; n < 4; ++n) store.store("k", Data(), "item" + std::to_string(n), "c", n);
  });
  ASSERT_TRUE(damage(path() / kDay / "wal_000001.jsonl", "item1"));
  expect_refused_unchanged(ErrorCode::corrupt, "acknowledged records");
}

TEST_F(ReadOnly, LeavesLeftoversOfAKilledProcessAlone) {
  write_and_close(2);
  const auto leftovers = {path() / kDay / "wal_000009.jsonl.torn.tmp", path() / "storage_latest.duckdb.new",
                          path() / ".lock_2025-12-20"};
  for (const fs::path& file : leftovers) write_content(file, "left");
  fs::permissions(path() / "storage_history.duckdb", fs::perms::owner_read);
  const auto before = support::listing_of(path());
  {
    CollectionFastPersist store(kNextDay, reading());
    EXPECT_EQ(number_of(store, "i1"), 1);
  }
  EXPECT_EQ(support::listing_of(path()), before);
}

TEST_F(ReadOnly, HealsNothing) {
  write_and_close(2);
  const std::string latest = content_of(path() / "storage_latest.duckdb");
  write_content(path() / "storage_latest.duckdb", std::string(latest.size(), 'x'));
  expect_refused_unchanged(ErrorCode::corrupt, "open it for writing once");
  fs::remove(path() / "storage_latest.duckdb");
  expect_refused_unchanged(ErrorCode::corrupt, "storage_latest.duckdb cannot be used as it is: the file is missing");
  write_content(path() / "storage_latest.duckdb", latest);
  fs::rename(path() / "storage_history.duckdb", path() / "elsewhere");
  expect_refused_unchanged(ErrorCode::corrupt, "storage_history.duckdb cannot be used as it is: the file is missing");
}

TEST_F(ReadOnly, MakesNoStore) {
  const auto open = [&] { CollectionFastPersist store(kDay, reading()); };
  EXPECT_EQ(code_of(open), ErrorCode::invalid_argument);
  EXPECT_NE(text_of(open).find("There is no store in " + path().string()), std::string::npos) << text_of(open);
  EXPECT_FALSE(fs::exists(path()));
  fs::create_directories(path());
  expect_refused_unchanged(ErrorCode::invalid_argument, "There is no store in");
  write_content(path() / ".lock", "");
  expect_refused_unchanged(ErrorCode::invalid_argument, "There is no store in");
}

TEST_F(ReadOnly, AsksForTheLockFileThatACopyLacks) {
  write_and_close(1);
  fs::remove(path() / ".lock");
  expect_refused_unchanged(ErrorCode::invalid_argument, "has no file .lock");
}

TEST_F(ReadOnly, RefusesAllThatChangesTheStore) {
  write_and_close(1);
  CollectionFastPersist store(kNextDay, reading());
  EXPECT_EQ(code_of([&] { store.store("k", Data(), "i"); }), ErrorCode::read_only);
  const auto store_async = [&] {
    store.store_async("k", {}, "i", "", {}, {}, {}, [](std::uint64_t, const std::exception_ptr&) {});
  };
  EXPECT_EQ(code_of(store_async), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store.flush_data_to_duckdb(); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store.rebuild_latest_from_history(); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store.backup(); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { store.rebuild_history_from_wal(kDay); }), ErrorCode::read_only);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.history_conn().execute("DELETE FROM storage_history")); }),
            ErrorCode::sql);
  store.close();
  store.close();
  EXPECT_EQ(code_of([&] { store.store("k", Data(), "i"); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.get_key("k")); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.get_stats()); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.history_conn().execute("SELECT 1")); }), ErrorCode::closed);
}

TEST_F(ReadOnly, HoldsNoMoreInMemoryThanTheBound) {
  leave_killed([](CollectionFastPersist& store) {
    for (int n = 0; n < 30; ++n) store.store("k", Data().set("text", std::string(50'000, 'x')), std::to_string(n));
  });
  CollectionConfig small = reading();
  small.max_unflushed_bytes = 1024 * 1024;
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kNextDay, small); }), ErrorCode::overloaded);
  expect_goes_on(30);
}

// As root nothing is forbidden: there the reader becomes nobody. A disk that is mounted read-only is not covered here;
// that no file, mode or time changes is.
TEST_F(ReadOnly, NeedsNoPermissionToWrite) {
  leave_killed([](CollectionFastPersist& store) {
    for (int n = 0; n < 3; ++n) store.store("k", Data(), "i" + std::to_string(n), "c", n);
    store.flush_data_to_duckdb();
    store.store("k", Data(), "i3", "c", 3);
  });
  const uid_t reader = ::geteuid() == 0 ? 65534 : ::geteuid();
  fs::permissions(path().parent_path(), fs::perms(0711));
  for (const auto& entry : fs::recursive_directory_iterator(path())) {
    fs::permissions(entry.path(), entry.is_directory() ? fs::perms(0500) : fs::perms(0400));
    ASSERT_EQ(::chown(entry.path().c_str(), reader, static_cast<gid_t>(-1)), 0);
  }
  fs::permissions(path(), fs::perms(0500));
  ASSERT_EQ(::chown(path().c_str(), reader, static_cast<gid_t>(-1)), 0);
  const auto before = support::listing_of(path());
  crash::ChildProcess child({"read", path().string(), std::to_string(reader)});
  child.wait();
  EXPECT_TRUE(child.succeeded()) << child.errors();
  EXPECT_EQ(child.output(), "open 4\n");
  EXPECT_EQ(support::listing_of(path()), before);
  for (const auto& entry : fs::recursive_directory_iterator(path())) {
    if (entry.is_directory()) fs::permissions(entry.path(), fs::perms::owner_all);
  }
  fs::permissions(path(), fs::perms::owner_all);
}

}  // namespace
}  // namespace cfp::oracle
