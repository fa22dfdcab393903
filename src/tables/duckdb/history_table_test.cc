#include <gtest/gtest.h>

#include "cfp/error.h"
#include "support/made_record.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

using History = TablesTest;

TEST_F(History, IsMadeEmptyAndOpensAgain) {
  EXPECT_FALSE(store->has_history());
  {
    const auto history = open_history();
    EXPECT_EQ(history->meta().rows, 0U);
    EXPECT_EQ(history->meta().watermark, 0U);
    EXPECT_TRUE(rows_of(*history).empty());
  }
  EXPECT_TRUE(store->has_history());
  EXPECT_EQ(open_history()->meta().store_id, kStoreId);
}

TEST_F(History, KeepsRowsVersionsAndCountsOverAReopen) {
  const std::vector<model::Record> records = {make_record({"k", "c", "a"}, 3, std::int64_t{1}),
                                              make_record({"k", "c", "b"}, 4, std::string("text")),
                                              make_record({"k", "c", "a"}, 9, 1.5), make_erase({"k", "c", "a"}, 10)};
  {
    const auto history = open_history();
    history->append(Versions().all(records));
  }
  const auto history = open_history();
  const Meta expected{1, kStoreId, 10, 4, 3, 10, 3 ^ 4 ^ 9 ^ 10};
  EXPECT_EQ(history->meta(), expected);
  const auto rows = rows_of(*history);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2].version, 2U);
  EXPECT_EQ(rows[2].previous_sequence, 3U);
  EXPECT_EQ(rows[2].record.state->value(), model::ValueView(1.5));
  EXPECT_EQ(rows[3].record.state->operation(), model::Operation::erase);
  EXPECT_EQ(rows[3].version, 3U);
  EXPECT_EQ(rows[3].record.state->timestamp(), std::nullopt);
  EXPECT_TRUE(history->is_healthy());
}

TEST_F(History, GivesEveryFieldBack) {
  const model::Schema schema = {{"b", model::ColumnType::boolean},   {"i8", model::ColumnType::int8},
                                {"i16", model::ColumnType::int16},   {"i32", model::ColumnType::int32},
                                {"i64", model::ColumnType::int64},   {"u8", model::ColumnType::uint8},
                                {"u16", model::ColumnType::uint16},  {"u32", model::ColumnType::uint32},
                                {"u64", model::ColumnType::uint64},  {"f32", model::ColumnType::float32},
                                {"f64", model::ColumnType::float64}, {"select", model::ColumnType::string},
                                {"d", model::ColumnType::date},      {"with space", model::ColumnType::timestamp}};
  model::Record full = make_record({"k'\"", "\xF0\x9F\x98\x80", "line\nbreak"}, 1, std::string("a\0b", 3),
                                   R"({"a":"\u0000","timestamp":"2025-12-24T12:30:00.000001+02:00"})");
  support::remake(full, [](auto& state) { state.timestamp = Timestamp("2025-12-24T12:30:00.000001+02:00"); });
  full.projection = {
      "ann",
      "ok",
      -7,
      {true, std::int64_t{-8}, std::int64_t{-16}, std::int64_t{-32}, INT64_MIN, std::uint64_t{8}, std::uint64_t{16},
       std::uint64_t{32}, UINT64_MAX, 0.5, 1e300, std::string("x\0y", 3), std::int64_t{20000}, std::int64_t{-1}}};
  full.batch = {1, 2};
  full.reason = "because";
  full.request_id = "r-1";
  model::Record empty = make_record({"", "", ""}, 2);
  empty.projection.extra.resize(schema.size());
  const auto history = store->open_history(schema, kStoreId);
  const std::vector<VersionedRecord> rows_in = {{&full, 1, 0}, {&empty, 1, 0}};
  history->append(rows_in);
  const auto rows = rows_of(*history);
  ASSERT_EQ(rows.size(), 2U);
  const model::Record& back = rows[0].record;
  EXPECT_EQ(back.key(), full.key());
  EXPECT_EQ(back.collection_name(), full.collection_name());
  EXPECT_EQ(back.state->item_name(), full.state->item_name());
  EXPECT_EQ(back.state->data(), full.state->data());
  EXPECT_EQ(back.state->value(), full.state->value());
  EXPECT_EQ(back.state->timestamp(), full.state->timestamp());
  EXPECT_EQ(back.state->updated_at_us, full.state->updated_at_us);
  EXPECT_EQ(back.projection.extra, full.projection.extra);
  EXPECT_EQ(back.projection.username, full.projection.username);
  EXPECT_EQ(back.projection.status, full.projection.status);
  EXPECT_EQ(back.projection.status_int, full.projection.status_int);
  EXPECT_EQ(back.batch.first, 1U);
  EXPECT_EQ(back.reason, full.reason);
  EXPECT_EQ(back.request_id, full.request_id);
  EXPECT_EQ(back.item_hash, full.item_hash);
  EXPECT_EQ(rows[1].record.projection.extra, empty.projection.extra);
  EXPECT_EQ(rows[1].record.reason, std::nullopt);
}

TEST_F(History, KeepsBoolsApartFromIntegers) {
  const std::vector<model::Record> records = {
      make_record({"k", "", "true"}, 1, true, R"({"value":true})"),
      make_record({"k", "", "false"}, 2, false, R"({"value":false})"),
      make_record({"k", "", "one"}, 3, std::int64_t{1}, R"({"nested":{"value":true}})"),
      make_record({"k", "", "zero"}, 4, std::int64_t{0})};
  const auto history = open_history();
  history->append(Versions().all(records));
  const auto rows = rows_of(*history);
  ASSERT_EQ(rows.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(rows[i].record.state->value(), records[i].state->value()) << i;
}

TEST_F(History, ReadsARangeAcrossJumpsOfTheSequence) {
  std::vector<model::Record> records;
  for (const std::uint64_t sequence : {1UL, 2UL, 40'000UL, 40'001UL, 9'000'000'000UL, UINT64_MAX - 1}) {
    records.push_back(make_record({"k", "c", std::to_string(sequence)}, sequence));
  }
  const auto history = open_history();
  history->append(Versions().all(records));
  std::vector<std::uint64_t> read;
  history->read(2, 9'000'000'000ULL, [&](HistoryRecord&& row) { read.push_back(row.record.sequence()); });
  EXPECT_EQ(read, (std::vector<std::uint64_t>{40'000, 40'001, 9'000'000'000}));
  EXPECT_EQ(rows_of(*history).size(), 6U);
  const std::vector<std::uint64_t> asked = {1, 3, 40'000, 41'000};
  EXPECT_EQ(history->missing(asked), (std::vector<std::uint64_t>{3, 41'000}));
}

TEST_F(History, ReadsRowsLargerThanItsWindowOneByOne) {
  const std::string large = R"({"a":")" + std::string(15 << 20, 'x') + R"("})";
  const auto history = open_history();
  Versions versions;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    const model::Record record = make_record({"k", "c", "i"}, i, std::monostate{}, large);
    history->append(std::vector{versions.next(record)});
  }
  std::uint64_t read = 0;
  history->read(0, 100, [&](HistoryRecord&& row) {
    EXPECT_EQ(row.record.sequence(), ++read);
    EXPECT_EQ(row.record.state->data().size(), large.size());
  });
  EXPECT_EQ(read, 6U);
}

TEST_F(History, LeavesNoLogAfterACheckpointAndPrivateFiles) {
  const auto history = open_history();
  const model::Record record = make_record({"k", "c", "i"}, 1);
  history->append(std::vector<VersionedRecord>{{&record, 1, 0}});
  const auto log = base_dir / "storage_history.duckdb.wal";
  ASSERT_TRUE(std::filesystem::exists(log));
  const auto mode = [](const auto& path) { return std::filesystem::status(path).permissions(); };
  EXPECT_EQ(mode(log), std::filesystem::perms(0600));
  EXPECT_EQ(mode(history_file()), std::filesystem::perms(0600));
  history->checkpoint();
  EXPECT_FALSE(std::filesystem::exists(log));
}

TEST_F(History, RefusesAnotherStoreAndAcceptsAnyForAnEmptyId) {
  open_history();
  try {
    store->open_history({}, "ffffffffffffffffffffffffffffffff");
    ADD_FAILURE() << "opened";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::foreign);
  }
  EXPECT_EQ(store->open_history({}, "")->meta().store_id, kStoreId);
}

TEST_F(History, KeepsTheColumnsOfTheTableAndRefusesNewOnes) {
  const model::Schema schema = {{"age", model::ColumnType::int32}};
  store->open_history(schema, kStoreId);
  EXPECT_EQ(store->open_history({}, kStoreId)->schema(), schema);
  EXPECT_THROW(store->open_history({{"other", model::ColumnType::int32}}, kStoreId), ExtraSchemaError);
}

}  // namespace
}  // namespace cfp::tables
