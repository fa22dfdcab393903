#include <gtest/gtest.h>

#include "cfp/error.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

class ReadOnlyQuery : public TablesTest {
 protected:
  ReadOnlyQuery() : history(open_history()) {
    const std::vector<model::Record> records = {make_record({"k", "c", "a"}, 1, std::int64_t{5}),
                                                make_record({"k", "c", "b"}, 2, std::string("x\0y", 3)),
                                                make_record({"k", "d", "a"}, 3, 2.5)};
    history->append(Versions().all(records));
    query = history->connect_read_only();
  }
  Row one(const std::string& sql, const std::vector<Value>& parameters = {}) {
    auto row = query->execute(sql, parameters).fetchone();
    EXPECT_TRUE(row.has_value()) << sql;
    return row.value_or(Row{});
  }
  std::unique_ptr<HistoryTable> history;
  std::unique_ptr<QueryConnection> query;
};

TEST_F(ReadOnlyQuery, GivesRowsAndNamesAndTypes) {
  QueryResult result = query->execute("SELECT item_name, value_int, value_float FROM storage_history ORDER BY cfp_seq");
  ASSERT_EQ(result.description().size(), 3U);
  EXPECT_EQ(result.description()[1].name, "value_int");
  EXPECT_EQ(result.description()[1].type, "BIGINT");
  EXPECT_EQ(*result.fetchone(), (Row{std::string("a"), std::int64_t{5}, std::monostate{}}));
  EXPECT_EQ(result.fetchmany(1).size(), 1U);
  EXPECT_EQ(result.fetchall().size(), 1U);
  EXPECT_EQ(result.fetchone(), std::nullopt);
}

TEST_F(ReadOnlyQuery, BindsParametersOfEveryTypeByPosition) {
  EXPECT_EQ(one("SELECT ?, ?, ?, ?, ?", {std::monostate{}, true, std::int64_t{-1}, 0.5, std::string("a\0b'", 4)}),
            (Row{std::monostate{}, true, std::int64_t{-1}, 0.5, std::string("a\0b'", 4)}));
  EXPECT_EQ(one("SELECT $2, $1", {std::string("a"), std::string("b")}), (Row{std::string("b"), std::string("a")}));
  EXPECT_EQ(one("SELECT count(*) FROM storage_history WHERE value_string = ?", {std::string("x\0y", 3)}),
            (Row{std::int64_t{1}}));
  EXPECT_THROW(query->execute("SELECT ?"), CollectionFastPersistError);
  EXPECT_THROW(query->execute("SELECT 1", {true}), CollectionFastPersistError);
}

TEST_F(ReadOnlyQuery, GivesEveryTypeItsCell) {
  using namespace std::chrono;
  EXPECT_EQ(one("SELECT true, 1::TINYINT, 2::USMALLINT, 18446744073709551615::UBIGINT, 5::HUGEINT, 0.5::FLOAT"),
            (Row{true, std::int64_t{1}, std::int64_t{2}, UINT64_MAX, std::int64_t{5}, 0.5}));
  EXPECT_EQ(one("SELECT (-170141183460469231731687303715884105728)::HUGEINT, -1::HUGEINT"),
            (Row{std::string("-170141183460469231731687303715884105728"), std::int64_t{-1}}));
  const sys_days day = 2025y / December / 24;
  EXPECT_EQ(one("SELECT DATE '2025-12-24', TIMESTAMP '2025-12-24 00:00:01', TIMESTAMP_NS '2025-12-24 00:00:00.000001'"),
            (Row{day, sys_time<microseconds>(day + 1s), sys_time<microseconds>(day + 1us)}));
  EXPECT_EQ(one("SELECT 'infinity'::TIMESTAMP"), (Row{std::string("infinity")}));
  EXPECT_EQ(one("SELECT sum(cfp_seq) FROM storage_history"), (Row{std::int64_t{6}}));
}

TEST_F(ReadOnlyQuery, GivesOtherTypesAsTextInTheOrderAsked) {
  QueryResult result = query->execute(
      "SELECT cfp_seq, (cfp_seq / 2)::DECIMAL(9,2) AS half, [cfp_seq, 1] AS list, {'a': cfp_seq} AS struct, "
      "INTERVAL 1 DAY AS span FROM storage_history ORDER BY cfp_seq DESC -- comment");
  EXPECT_EQ(result.description()[1].type, "DECIMAL(9,2)");
  EXPECT_EQ(result.description()[1].name, "half");
  EXPECT_EQ(result.description()[2].type, "UBIGINT[]");
  EXPECT_EQ(result.description()[3].type, "STRUCT(\"a\" UBIGINT)");
  const auto rows = result.fetchall();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], (Row{std::uint64_t{3}, std::string("1.50"), std::string("[3, 1]"), std::string("{'a': 3}"),
                          std::string("1 day")}));
  EXPECT_EQ(rows[2][0], Cell(std::uint64_t{1}));
}

TEST_F(ReadOnlyQuery, SeesWhatIsAppendedLaterAndHoldsNothingUp) {
  QueryResult open = query->execute("SELECT * FROM storage_history");
  const model::Record more = make_record({"k", "c", "z"}, 4);
  history->append(std::vector<VersionedRecord>{{&more, 1, 0}});
  history->checkpoint();
  EXPECT_FALSE(std::filesystem::exists(base_dir / "storage_history.duckdb.wal"));
  EXPECT_EQ(open.fetchall().size(), 3U);
  EXPECT_EQ(one("SELECT count(*) FROM storage_history"), (Row{std::int64_t{4}}));
}

TEST_F(ReadOnlyQuery, IsClosedWithItsTable) {
  QueryResult open = query->execute("SELECT * FROM storage_history");
  history.reset();
  const auto code_of = [](auto&& call) {
    try {
      call();
    } catch (const CollectionFastPersistError& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  EXPECT_EQ(code_of([&] { open.fetchone(); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { query->execute("SELECT 1"); }), ErrorCode::closed);
}

// Each of these would write, leave the tables, or checkpoint; many are a SELECT for DuckDB.
constexpr const char* kRefused[] = {
    "",
    ";",
    "SELEC 1",
    "SELECT 1; SELECT 2",
    "SELECT no_such_column FROM storage_history",
    "INSERT INTO storage_history (\"key\") VALUES ('x')",
    "DELETE FROM storage_history",
    "UPDATE cfp_meta SET watermark = 0",
    "DROP TABLE storage_history",
    "CREATE TABLE t (a INTEGER)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "TRUNCATE storage_history",
    "ALTER TABLE storage_history ADD COLUMN a INTEGER",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "PRAGMA force_checkpoint",
    "CALL checkpoint()",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SET threads = 4",
    "RESET threads",
    "PRAGMA threads=4",
    "ATTACH ':memory:' AS m",
    "DETACH storage_history",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "EXPORT DATABASE '/tmp/x'",
    "COPY storage_history TO '/tmp/x.csv'",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "VACUUM",
    "ANALYZE",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM force_checkpoint()",
    "FROM checkpoint()",
    "FROM main.checkpoint()",
    "FROM CHECKPOINT()",
    "FROM \"checkpoint\"()",
    "SELECT * FROM checkpoint('storage_history')",
    "SELECT (SELECT count(*) FROM checkpoint())",
    "WITH a AS (FROM checkpoint()) SELECT * FROM a",
    "WITH RECURSIVE a AS (SELECT 1 UNION ALL FROM checkpoint()) SELECT * FROM a",
    "SELECT * FROM storage_history, checkpoint()",
    "SELECT * FROM storage_history, LATERAL (FROM checkpoint())",
    "SELECT 1 WHERE EXISTS (FROM checkpoint())",
    "SELECT 1 UNION ALL SELECT 1 FROM checkpoint()",
    "SELECT 1 ORDER BY (SELECT 1 FROM checkpoint())",
    "SELECT [x FOR x IN (SELECT list(1) FROM checkpoint())]",
    "EXPLAIN SELECT * FROM checkpoint()",
    "EXPLAIN ANALYZE SELECT * FROM checkpoint()",
    "EXPLAIN (ANALYZE, FORMAT JSON) FROM checkpoint()",
    "EXPLAIN /* SELECT 1 */ ANALYZE FROM checkpoint()",
    "EXPLAIN (FROM checkpoint())",
    "EXPLAIN ANALYZE CHECKPOINT",
    "EXPLAIN DELETE FROM storage_history",
    "EXPLAIN ANALYZE INSERT INTO cfp_meta SELECT * FROM cfp_meta",
    "DESCRIBE SELECT * FROM checkpoint()",
    "SUMMARIZE SELECT * FROM checkpoint()",
    "SELECT * FROM query('FROM checkpoint()')",
    "SELECT * FROM query_table('storage_history')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "FROM '/etc/passwd'",
    "SELECT * FROM '/tmp/x.parquet'",
    "SELECT * FROM glob('*')",
    "SELECT * FROM parquet_metadata('x')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_duckdb('x.duckdb')",
    "SELECT * FROM arrow_scan(1,2,3)",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM checkpoint()'))",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM enable_logging()",
    "SELECT * FROM truncate_duckdb_logs()",
    "SELECT * FROM enable_profiling()",
    "SELECT write_log('x')",
    "SELECT nextval('x')",
    "SELECT getenv('HOME')",
    "PIVOT storage_history ON item_name"};

constexpr const char* kAllowed[] = {"SELECT * FROM storage_history",
                                    "FROM storage_history;",
                                    "  -- a comment\nSELECT 1 -- behind",
                                    "VALUES (1), (2)",
                                    "TABLE storage_history",
                                    "SHOW TABLES",
                                    "DESCRIBE storage_history",
                                    "SUMMARIZE storage_history",
                                    "EXPLAIN SELECT 1",
                                    "EXPLAIN ANALYZE SELECT * FROM storage_history",
                                    "/* x */ explain (analyze, format json) SELECT 1",
                                    "SELECT unnest([1, 2])",
                                    "SELECT * FROM unnest([1, 2])",
                                    "FROM range(3)",
                                    "FROM generate_series(1, 3)",
                                    "WITH a AS (SELECT 1 AS x) SELECT * FROM a JOIN storage_history ON true",
                                    "SELECT j.key FROM storage_history, json_each(data) AS j",
                                    "SELECT data->>'$.a' FROM storage_history",
                                    "SELECT count(*) OVER (PARTITION BY \"key\") FROM storage_history",
                                    "FROM pragma_table_info('storage_history')",
                                    "SELECT * FROM information_schema.tables",
                                    "FROM duckdb_columns()",
                                    "SELECT 'checkpoint()'",
                                    "SELECT \"checkpoint\" FROM (SELECT 1 AS \"checkpoint\")",
                                    "SELECT 1e308, -9223372036854775808"};

TEST_F(ReadOnlyQuery, RefusesWhatIsNotReadingAndChangesNothing) {
  std::uint64_t sequence = 3;
  for (const char* const sql : kRefused) {
    SCOPED_TRACE(sql);
    try {
      query->execute(sql);
      ADD_FAILURE() << "ran";
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::sql) << error.what();
    }
    EXPECT_TRUE(std::filesystem::exists(base_dir / "storage_history.duckdb.wal")) << "checkpointed";
    EXPECT_EQ(one("SELECT count(*) FROM storage_history"), (Row{static_cast<std::int64_t>(sequence)}));
    const model::Record more = make_record({"k", "c", std::to_string(sequence)}, sequence + 1);
    history->append(std::vector<VersionedRecord>{{&more, 1, 0}});
    ++sequence;
  }
}

TEST_F(ReadOnlyQuery, AllowsEveryWayOfReading) {
  for (const char* const sql : kAllowed) {
    SCOPED_TRACE(sql);
    EXPECT_FALSE(query->execute(sql).description().empty());
  }
}

}  // namespace
}  // namespace cfp::tables
