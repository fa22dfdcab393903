// Each of 250 hostile names, in every place that takes a name or a text: kept byte by byte through memory, log, tables,
// a restart and SQL, or refused before anything has changed (P6, P11, P12).

#include "oracle/hostile_names.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "base/json.h"
#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

class HostileNames : public ::testing::Test {
 protected:
  HostileNames() { config_.backup_on_close = false; }

  /// As key, as collection, as item and as all three, with the name as value, user and field beside it.
  static void store_everywhere(CollectionFastPersist& store, const std::string& name) {
    const Data data = Data().set("f" + name, name).set("status", name);
    store.store(name, data, "item", "collection", name, std::nullopt, name);
    store.store("key", data, "item", name, name, std::nullopt, name);
    store.store("key", data, name, "collection", name, std::nullopt, name);
    store.store(name, data, name, name, name, std::nullopt, name);
  }
  static void expect_same(const std::optional<Record>& record, const std::string& item, const std::string& name) {
    ASSERT_TRUE(record) << testing::PrintToString(name);
    EXPECT_EQ(record->item_name(), item);
    EXPECT_EQ(record->value(), Value(name));
    EXPECT_EQ(record->username(), name);
    EXPECT_EQ(record->status(), name);
    EXPECT_EQ(record->data().names().front(), "f" + name);
    // Nothing makes a date of a name of a field, and of a text only what is one.
    const auto text = record->data().get_string("f" + name);
    EXPECT_TRUE(text == name || record->data().get_timestamp("f" + name)) << testing::PrintToString(name);
    EXPECT_EQ(record->version(), 1U) << "two names are taken for one: " << testing::PrintToString(name);
  }
  static void expect_everywhere(CollectionFastPersist& store, const std::string& name) {
    expect_same(store.get_item(name, "collection", "item"), "item", name);
    expect_same(store.get_item("key", name, "item"), "item", name);
    expect_same(store.get_item("key", "collection", name), name, name);
    expect_same(store.get_item(name, name, name), name, name);
    const auto all = store.get_key(name);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->front().name, "collection");
    EXPECT_EQ(all->back().name, name);
  }
  /// As parameters, and back in the rows.
  static void expect_in_table(QueryConnection& table, const std::string& of, const std::vector<std::string>& names) {
    std::set<std::tuple<std::string, std::string, std::string, std::string, std::string, std::string>> rows;
    for (const Row& row : table
                              .execute("SELECT \"key\", collection_name, item_name, value_string, username, status "
                                       "FROM " +
                                       of)
                              .fetchall()) {
      const auto text = [&](std::size_t i) { return std::get<std::string>(row[i]); };
      EXPECT_TRUE(rows.emplace(text(0), text(1), text(2), text(3), text(4), text(5)).second);
    }
    EXPECT_EQ(rows.size(), names.size() * 4);
    int number = 0;
    for (const std::string& name : names) {
      EXPECT_TRUE(rows.contains({name, "collection", "item", name, name, name})) << testing::PrintToString(name);
      EXPECT_TRUE(rows.contains({"key", name, "item", name, name, name})) << testing::PrintToString(name);
      EXPECT_TRUE(rows.contains({"key", "collection", name, name, name, name})) << testing::PrintToString(name);
      EXPECT_TRUE(rows.contains({name, name, name, name, name, name})) << testing::PrintToString(name);
      if (++number % 5 != 0) continue;
      const auto found = table
                             .execute("SELECT count(*) FROM " + of + " WHERE \"key\" = ? AND item_name = ?",
                                      {Value(name), Value(name)})
                             .fetchone();
      EXPECT_EQ(found->at(0), Cell(std::int64_t{1})) << testing::PrintToString(name);
    }
  }

  const support::TemporaryDirectory directory_;
  CollectionConfig config_ = calm_config(directory_.path() / "store");
};

constexpr std::size_t kThreads = 24;

/// Without those that the fixed names of the other places are.
std::vector<std::string> kept() {
  std::vector<std::string> names = names_that_are_kept();
  std::erase_if(names, [](const std::string& name) { return name == "key" || name == "item" || name == "collection"; });
  return names;
}

TEST_F(HostileNames, AreAtLeast250AndNoneIsThereTwice) {
  const auto good = kept(), bad = names_that_are_refused();
  std::set<std::string> all(good.begin(), good.end());
  all.insert(bad.begin(), bad.end());
  EXPECT_EQ(all.size(), good.size() + bad.size());
  EXPECT_GE(all.size(), 250U);
}

TEST_F(HostileNames, AreReadAsTheyWereStoredFromMemoryAfterAFlushAfterARestartAndBySql) {
  const auto names = kept();
  {
    CollectionFastPersist store(kDay, config_);
    std::vector<std::thread> threads;  // so that syncs are shared
    for (std::size_t first = 0; first < kThreads; ++first) {
      threads.emplace_back([&, first] {
        for (std::size_t i = first; i < names.size(); i += kThreads) store_everywhere(store, names[i]);
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& name : names) expect_everywhere(store, name);
    copy_as_killed(config_.base_dir, directory_.path() / "killed");  // nothing was flushed: the log alone has them
    store.flush_data_to_duckdb();
    for (const std::string& name : names) expect_everywhere(store, name);
    expect_in_table(store.history_conn(), "storage_history", names);
    store.close();
  }
  for (const char* left : {"store", "killed"}) {
    config_.base_dir = directory_.path() / left;
    CollectionFastPersist store(kNextDay, config_);
    for (const std::string& name : names) expect_everywhere(store, name);
    expect_in_table(store.history_conn(), "storage_history", names);
    expect_in_table(store.latest_conn(), "storage_latest", names);
  }
  for (const auto& entry : fs::directory_iterator(directory_.path())) {
    EXPECT_TRUE(entry.path().filename() == "store" || entry.path().filename() == "killed") << entry.path();
  }
}

TEST_F(HostileNames, ThatNoTableCouldKeepAreRefusedInEachPlaceBeforeAnythingChanges) {
  CollectionFastPersist store(kDay, config_);
  const std::string segment = (config_.base_dir / kDay / "wal_000001.jsonl").string();
  store.store("key", "{}", "item");
  const std::string log = content_of(segment);
  for (const std::string& name : names_that_are_refused()) {
    const auto refused = [&](const auto& call) {
      EXPECT_EQ(code_of(call), ErrorCode::invalid_record) << testing::PrintToString(name);
    };
    refused([&] { store.store(name, "{}"); });
    refused([&] { store.store("key", "{}", name); });
    refused([&] { store.store("key", "{}", "item", name); });
    EXPECT_FALSE(store.get_key(name));
    EXPECT_FALSE(store.get_item("key", "", name));
    if (json::is_utf8(name)) continue;  // a text may be long, and may hold NUL
    refused([&] { store.store("key", "{}", "item", "", name); });
    refused([&] { store.store("key", "{}", "item", "", {}, std::nullopt, name); });
    refused([&] { store.store("key", "{\"a\":\"" + name + "\"}", "item"); });
    refused([&] { store.store("key", "{\"" + name + "\":1}", "item"); });
  }
  EXPECT_EQ(store.get_stats().last_sequence, 1U);
  EXPECT_EQ(store.get_item("key", "", "item")->version(), 1U);
  EXPECT_EQ(content_of(segment), log) << "the log has changed";
  EXPECT_EQ(store.cached_keys(), std::vector<std::string>{"key"});
}

}  // namespace
}  // namespace cfp::oracle
