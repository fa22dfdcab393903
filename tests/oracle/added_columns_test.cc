// Columns that a store was not made with, added when it is opened.

#include <gtest/gtest.h>

#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

class AddedColumns : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] CollectionConfig config() {
    CollectionConfig config = calm_config(path());
    config.extra_schema = {{"points", "int32"}};
    config.add_missing_columns = true;
    config.log_sink = [this](LogLevel, std::string_view text) { messages_ += std::string(text) + "\n"; };
    return config;
  }
  /// Two items, one of them twice, and one whose field does not fit.
  static void add(CollectionFastPersist& store) {
    store.store("k", Data().set("points", std::int64_t{1}), "a", "c");
    store.store("k", Data().set("points", std::int64_t{2}), "a", "c");
    store.store("k", Data().set("points", "many"), "b", "c");
  }
  static std::vector<Row> points_of(CollectionFastPersist& store, const std::string& table) {
    QueryConnection& connection = table == "storage_latest" ? store.latest_conn() : store.history_conn();
    return connection.execute("SELECT item_name, points FROM " + table + " ORDER BY cfp_seq").fetchall();
  }
  static void expect_points(CollectionFastPersist& store) {
    using I = std::int64_t;
    EXPECT_EQ(points_of(store, "storage_history"),
              (std::vector<Row>{{"a", I{1}}, {"a", I{2}}, {"b", std::monostate()}}));
    EXPECT_EQ(points_of(store, "storage_latest"), (std::vector<Row>{{"a", I{2}}, {"b", std::monostate()}}));
  }

  const support::TemporaryDirectory directory_;
  std::string messages_;
};

TEST_F(AddedColumns, AreFilledFromDataInBothTablesAndStay) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    add(store);
    store.close();
  }
  CollectionConfig refused = config();
  refused.add_missing_columns = false;
  EXPECT_NE(text_of([&] { CollectionFastPersist(kDay, refused); }).find("add_missing_columns"), std::string::npos);
  {
    CollectionFastPersist store(kDay, config());
    expect_points(store);
    EXPECT_NE(messages_.find("1 fields do not fit"), std::string::npos) << messages_;
    store.store("k", Data().set("points", std::int64_t{3}), "d", "c");
    EXPECT_EQ(points_of(store, "storage_latest").back(), (Row{"d", std::int64_t{3}}));
    EXPECT_EQ(code_of([&] { store.store("k", Data().set("points", "many"), "e", "c"); }), ErrorCode::extra_schema);
    EXPECT_EQ(store.get_stats().healed_files, 0U);
    store.close();
  }
  messages_.clear();
  CollectionFastPersist store(kDay, config());
  EXPECT_EQ(messages_.find("were added"), std::string::npos) << messages_;
  EXPECT_EQ(points_of(store, "storage_history").size(), 4U);
  EXPECT_EQ(store.get_item("k", "c", "a")->data().get_int("points"), 2);
}

TEST_F(AddedColumns, AreFilledForWhatOnlyTheLogHasToo) {
  {
    CollectionFastPersist store(kDay, calm_config(directory_.path() / "running"));
    store.store("k", Data().set("points", std::int64_t{1}), "a", "c");
    store.flush_data_to_duckdb();
    store.store("k", Data().set("points", std::int64_t{2}), "a", "c");
    store.store("k", Data().set("points", "many"), "b", "c");
    copy_as_killed(directory_.path() / "running", path());
  }
  CollectionFastPersist store(kDay, config());
  expect_points(store);
}

TEST_F(AddedColumns, ComeBackWhenABackupOfBeforeThemIsRestored) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    add(store);
    store.close();
  }
  {
    CollectionConfig without_backup = config();
    without_backup.backup_on_close = false;
    CollectionFastPersist store(kDay, without_backup);
    store.close();
  }
  fs::resize_file(path() / "storage_history.duckdb", 5000);
  CollectionFastPersist store(kDay, config());
  EXPECT_GE(store.get_stats().healed_files, 1U) << messages_;
  expect_points(store);
}

TEST_F(AddedColumns, AreNotAddedByAReader) {
  {
    CollectionFastPersist store(kDay, calm_config(path()));
    add(store);
    store.close();
  }
  CollectionConfig reader = config();
  reader.read_only = true;
  EXPECT_EQ(code_of([&] { CollectionFastPersist(kDay, reader); }), ErrorCode::extra_schema);
}

}  // namespace
}  // namespace cfp::oracle
