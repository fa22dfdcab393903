#include <gtest/gtest.h>

#include "cfp/error.h"
#include "tables/duckdb/instance.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

namespace fs = std::filesystem;

/// A file as the reference implementation makes it.
class ReferenceHistory : public TablesTest {
 protected:
  void make_reference(const std::string& values) const {
    const duckdb::Instance instance(history_file(), {128ULL << 20U, 1, base_dir / "spill", {}, false});
    const duckdb::Connection connection = instance.connect();
    connection.run(
        "CREATE TABLE storage_history (\"key\" VARCHAR NOT NULL, collection_name VARCHAR NOT NULL DEFAULT '', "
        "item_name "
        "VARCHAR NOT NULL DEFAULT '', data JSON, value_int BIGINT, value_float DOUBLE, value_string VARCHAR, timestamp "
        "TIMESTAMP, status VARCHAR, status_int INTEGER, username VARCHAR, updated_at TIMESTAMP, version INTEGER "
        "DEFAULT "
        "1, age INTEGER)");
    connection.run("INSERT INTO storage_history VALUES " + values);
  }
  std::vector<model::Record> read() const {
    std::vector<model::Record> records;
    store->read_reference_history([&](model::Record&& record) { records.push_back(std::move(record)); });
    return records;
  }
};

TEST_F(ReferenceHistory, IsRecognisedAndReadInOrderFromACopy) {
  make_reference(
      R"(('k', 'c', 'a', '{"x": "\u00e9", "timestamp": "2025-12-24T10:30:00+02:00"}', 32, NULL, NULL, '2025-12-24 08:30:00', 'ok', 7, 'ann', '2025-12-24 09:00:00.5', 1, 4),
         ('k', '', '', NULL, NULL, NULL, 'text', NULL, NULL, NULL, NULL, NULL, 1, NULL),
         ('k', 'c', 'a', '{}', NULL, 1.5, NULL, '2025-12-25 00:00:00', NULL, NULL, NULL, NULL, 2, NULL))");
  const auto written = fs::last_write_time(history_file());
  EXPECT_TRUE(store->is_reference_history());
  const auto records = read();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].state->data(), R"({"x": "\u00e9", "timestamp": "2025-12-24T10:30:00+02:00"})");
  EXPECT_EQ(records[0].state->value(), model::ValueView(std::int64_t{32}));
  EXPECT_EQ(records[0].state->timestamp(), Timestamp("2025-12-24T10:30:00+02:00"));
  EXPECT_EQ(Timestamp(Timestamp::Micros(std::chrono::microseconds(records[0].state->updated_at_us))),
            Timestamp("2025-12-24T09:00:00.5"));
  EXPECT_EQ(records[0].projection.status, "ok");
  EXPECT_EQ(records[0].projection.status_int, 7);
  EXPECT_EQ(records[0].projection.username, "ann");
  EXPECT_EQ(records[1].state->value(), model::ValueView(std::string_view("text")));
  EXPECT_EQ(records[1].state->timestamp(), std::nullopt);
  EXPECT_EQ(records[2].state->value(), model::ValueView(1.5));
  EXPECT_EQ(records[2].state->timestamp(), Timestamp("2025-12-25"));
  EXPECT_EQ(fs::last_write_time(history_file()), written);
  EXPECT_FALSE(fs::exists(base_dir / ".tmp" / "reference_history.duckdb"));
}

TEST_F(ReferenceHistory, IsRefusedByAnOpenAndHealthyByItself) {
  make_reference("('k', 'c', 'a', '{}', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL)");
  try {
    open_history();
    ADD_FAILURE() << "opened";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::foreign);
  }
  EXPECT_TRUE(store->is_healthy_file(history_file(), "storage_history"));
}

}  // namespace
}  // namespace cfp::tables
