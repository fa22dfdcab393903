// sql(): both tables in one statement, everything acknowledged in view, and no query that takes more than it may.

#include <gtest/gtest.h>

#include <chrono>

#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

using I = std::int64_t;

class Sql : public ::testing::Test {
 protected:
  Sql() : store_(std::make_unique<CollectionFastPersist>(kDay, config())) {}
  [[nodiscard]] CollectionConfig config() const {
    CollectionConfig config = calm_config(directory_.path() / "store");
    config.extra_schema = {{"color", "string"}};
    return config;
  }
  /// Items that were stored once, twice, deleted, and stored again after that.
  void fill() {
    store_->store("k", Data().set("color", "red"), "once", "c", I{1});
    store_->store("k", Data().set("color", "red"), "twice", "c", "old");
    store_->store("k", Data().set("status", "open"), "twice", "c", "new", {}, "anna");
    store_->store("k", {}, "gone", "c", 1.5);
    store_->delete_item("k", "c", "gone");
    store_->store("l", {}, "again", "", true);
    store_->delete_item("l", "", "again");
    store_->store("l", Data().set("color", "blue"), "again", "");
  }
  std::vector<Row> rows(std::string_view query, const std::vector<Value>& parameters = {},
                        const QueryLimits& limits = {}) {
    return store_->sql(query, parameters, limits).fetchall();
  }
  std::string refusal(std::string_view query, const QueryLimits& limits = {}) {
    EXPECT_EQ(code_of([&] { rows(query, {}, limits); }), ErrorCode::sql) << query;
    return text_of([&] { rows(query, {}, limits); });
  }

  const support::TemporaryDirectory directory_;
  std::unique_ptr<CollectionFastPersist> store_;
};

TEST_F(Sql, ReadsHistoryOrLatestOrBothWithAllThatIsAcknowledged) {
  fill();
  EXPECT_EQ(rows("SELECT count(*) FROM storage_history"), (std::vector<Row>{{I{8}}}));
  EXPECT_EQ(rows("SELECT count(*) FROM STORAGE_LATEST"), (std::vector<Row>{{I{3}}}));
  EXPECT_EQ(rows("SELECT l.item_name, count(*) FROM storage_latest AS l JOIN storage_history AS h USING (key, "
                 "collection_name, item_name) WHERE l.key = ? GROUP BY ALL ORDER BY ALL",
                 {"k"}),
            (std::vector<Row>{{"once", I{1}}, {"twice", I{2}}}));
  store_->store("k", {}, "new", "c");
  EXPECT_EQ(rows("SELECT (SELECT count(*) FROM storage_latest), (SELECT count(*) FROM storage_history)"),
            (std::vector<Row>{{I{4}, I{9}}}));
}

TEST_F(Sql, ComputesOfHistoryTheLatestThatIsThere) {
  fill();
  const std::string columns =
      "key, collection_name, item_name, data, value_int, value_float, value_string, timestamp, status, status_int, "
      "username, updated_at, version, color, cfp_version, cfp_seq";
  const auto computed = rows("SELECT " + columns +
                             " FROM storage_latest WHERE (SELECT count(*) FROM storage_history) > 0 ORDER BY cfp_seq");
  EXPECT_EQ(computed, rows("SELECT " + columns + " FROM storage_latest ORDER BY cfp_seq"));
  EXPECT_EQ(computed.size(), 3U);
  // No trace of it is left for others.
  EXPECT_EQ(code_of([&] { store_->history_conn().execute("SELECT * FROM storage_latest"); }), ErrorCode::sql);
}

TEST_F(Sql, StopsAQueryThatTakesTooLongAndGoesOn) {
  fill();
  const auto begun = std::chrono::steady_clock::now();
  const std::string text = refusal("SELECT sum(a.range * b.range) FROM range(1000000000) AS a, range(1000000000) AS b",
                                   {.time_limit_seconds = 0.1, .row_limit = {}});
  EXPECT_NE(text.find("stopped after 0.1 s"), std::string::npos) << text;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60)) << "it was not stopped";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rows("SELECT 1", {}, {.time_limit_seconds = 30, .row_limit = {}}).size(), 1U);
  EXPECT_EQ(code_of([&] { rows("SELECT 1", {}, {.time_limit_seconds = 0, .row_limit = {}}); }),
            ErrorCode::invalid_argument);
}

TEST_F(Sql, SaysSoWhenThereAreMoreRowsThanItMayGive) {
  const QueryLimits ten{.time_limit_seconds = {}, .row_limit = 10};
  EXPECT_EQ(rows("SELECT range FROM range(10) ORDER BY range DESC; -- all", {}, ten).front(), (Row{I{9}}));
  EXPECT_EQ(rows("SELECT ';' -- ; it\n /* is; */, [1];; /* ; */ -- 'all", {}, ten), (std::vector<Row>{{";", "[1]"}}));
  EXPECT_EQ(rows("SELECT 1 -- ; /* \n , 2 -- */", {}, ten), (std::vector<Row>{{I{1}, I{2}}}));
  EXPECT_NE(refusal("FROM range(11)", ten).find("more than 10 rows"), std::string::npos);
  QueryResult result = store_->sql("FROM range(1000000000000)", {}, ten);  // which no memory would hold
  EXPECT_EQ(result.fetchmany(10).size(), 10U);
  EXPECT_EQ(code_of([&] { result.fetchone(); }), ErrorCode::sql);
  QueryResult alike = store_->sql("SELECT 1 AS a, 2 AS a, [3] AS a", {}, ten);
  EXPECT_EQ(alike.description()[1].name, "a");
  EXPECT_EQ(alike.fetchone(), (Row{I{1}, I{2}, "[3]"}));
  EXPECT_FALSE(store_->sql("EXPLAIN SELECT 1", {}, ten).fetchall().empty());
  EXPECT_TRUE(rows("SELECT 1 WHERE false", {}, {.time_limit_seconds = {}, .row_limit = 0}).empty());
}

TEST_F(Sql, RefusesWhatWritesAttachesReadsFilesOrCheckpoints) {
  fill();
  for (const char* const query :
       {"DELETE FROM storage_history", "INSERT INTO storage_latest SELECT * FROM storage_latest",
        "CREATE TABLE t AS FROM storage_history", "DROP VIEW storage_latest", "ATTACH 'x.db'",
        "COPY storage_history TO 'x.csv'", "SELECT * FROM read_csv('/etc/passwd')", "FROM '/etc/passwd'",
        "SELECT * FROM storage_history, storage_latest, "
        "glob('*')",
        "CHECKPOINT", "SELECT * FROM checkpoint()", "SET threads = 8", "PRAGMA database_list", "INSTALL httpfs",
        "SELECT 1; SELECT 2", "SELECT 1) AS q; DROP TABLE storage_history; SELECT (1", ""}) {
    refusal(query);
  }
  EXPECT_EQ(rows("SELECT count(*) FROM storage_history"), (std::vector<Row>{{I{8}}}));
}

TEST_F(Sql, ReadsAStoreThatIsOpenedForReadingOnly) {
  fill();
  store_->close();
  CollectionConfig reader = config();
  reader.read_only = true;
  store_ = std::make_unique<CollectionFastPersist>(kDay, reader);
  EXPECT_EQ(rows("SELECT (SELECT count(*) FROM storage_latest), (SELECT count(*) FROM storage_history)"),
            (std::vector<Row>{{I{3}, I{8}}}));
  store_->close();
  EXPECT_EQ(code_of([&] { rows("SELECT 1"); }), ErrorCode::closed);
}

}  // namespace
}  // namespace cfp::oracle
