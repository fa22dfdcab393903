#include <gtest/gtest.h>

#include <filesystem>

#include "cfp/error.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

using Type = model::ColumnType;

class ColumnAddition : public TablesTest {
 protected:
  static model::Schema all_types() {
    return {{"text", Type::string},  {"i64", Type::int64},   {"i32", Type::int32},   {"i16", Type::int16},
            {"i8", Type::int8},      {"u64", Type::uint64},  {"u32", Type::uint32},  {"u16", Type::uint16},
            {"u8", Type::uint8},     {"f64", Type::float64}, {"f32", Type::float32}, {"yes", Type::boolean},
            {"at", Type::timestamp}, {"day", Type::date}};
  }
  /// A record with a field for each column, one without any, a delete, and one whose fields fit nowhere.
  void fill() {
    const std::vector<model::Record> records = {
        make_record(
            {"k", "c", "all"}, 1, {},
            R"({"text":"a\u00e9","i64":-9,"i32":-8,"i16":-7,"i8":-6,"u64":18446744073709551615,"u32":4,"u16":3,)"
            R"("u8":2,"f64":1.5,"f32":0.5,"yes":true,"at":"2025-01-15T10:30:00.123456+00:00","day":"2025-01-15"})"),
        make_record({"k", "c", "none"}, 2, std::int64_t{7}), make_erase({"k", "c", "all"}, 3),
        make_record({"k", "c", "odd"}, 4, {}, R"({"text":1,"i8":1000,"yes":0,"at":"yesterday","day":null})")};
    open_history()->append(Versions().all(records));
  }
  static Row row_of(HistoryTable& history, int sequence) {
    return *history.connect_read_only()
                ->execute(
                    "SELECT text, i64, i32, i16, i8, u64, u32, u16, u8, f64, f32, yes, \"at\"::VARCHAR, day::VARCHAR "
                    "FROM storage_history WHERE cfp_seq = ?",
                    {std::int64_t{sequence}})
                .fetchone();
  }
  static std::vector<Row> former_columns(HistoryTable& history) {
    return history.connect_read_only()
        ->execute(
            "SELECT key, collection_name, item_name, data, value_int, value_float, value_string, timestamp, status, "
            "status_int, username, updated_at, version, cfp_seq, cfp_op, cfp_prev_seq, cfp_item_hash, cfp_batch, "
            "cfp_reason, cfp_request_id FROM storage_history")
        .fetchall();
  }
};

TEST_F(ColumnAddition, FillsColumnsOfEachTypeFromDataAndChangesNothingElse) {
  fill();
  const auto before = former_columns(*open_history());
  const Meta meta = open_history()->meta();
  EXPECT_EQ(store->add_columns(all_types()), 4U) << "text, i8, yes and at of the last record do not fit";
  const auto history = store->open_history(all_types(), kStoreId);
  EXPECT_EQ(history->schema(), all_types());
  EXPECT_EQ(history->meta(), meta);
  EXPECT_EQ(former_columns(*history), before);
  EXPECT_TRUE(history->is_healthy());
  using I = std::int64_t;
  EXPECT_EQ(row_of(*history, 1), (Row{"a\u00e9", I{-9}, I{-8}, I{-7}, I{-6}, UINT64_MAX, I{4}, I{3}, I{2}, 1.5, 0.5,
                                      true, "2025-01-15 10:30:00.123456", "2025-01-15"}));
  for (const int sequence : {2, 3, 4}) EXPECT_EQ(row_of(*history, sequence), Row(14)) << sequence;
}

TEST_F(ColumnAddition, PutsThemBehindThoseThatAreThere) {
  const model::Schema first = {{"color", Type::string}};
  store->open_history(first, kStoreId);
  EXPECT_EQ(store->add_columns({{"size", Type::int32}, {"COLOR", Type::string}}), 0U);
  EXPECT_EQ(store->open_history({}, kStoreId)->schema(),
            (model::Schema{{"color", Type::string}, {"size", Type::int32}}));
}

TEST_F(ColumnAddition, RefusesAnotherTypeAndLeavesTheFileAsItIs) {
  const model::Schema first = {{"color", Type::string}};
  store->open_history(first, kStoreId);
  EXPECT_THROW(store->add_columns({{"size", Type::int32}, {"color", Type::int8}}), ExtraSchemaError);
  EXPECT_EQ(store->open_history({}, kStoreId)->schema(), first);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(base_dir), {}), 2) << "the file and where it spills";
}

TEST_F(ColumnAddition, LeavesLatestToBeBuiltAgain) {
  fill();
  const model::Schema widened = {{"i64", Type::int64}};
  {
    const auto history = open_history();
    store->rebuild_latest(*history, kStoreId);
  }
  store->add_columns(widened);
  const auto history = store->open_history({}, kStoreId);
  EXPECT_THROW(store->open_latest(widened, kStoreId), ExtraSchemaError);
  EXPECT_EQ(store->rebuild_latest(*history, kStoreId), 2U);
  EXPECT_EQ(store->open_latest(widened, kStoreId)->meta().watermark, 4U);
}

}  // namespace
}  // namespace cfp::tables
