#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "cfp/error.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

using Rebuild = TablesTest;
using Strings = std::vector<std::string>;

TEST_F(Rebuild, MakesLatestFromHistoryWithPlacesAndDeletedItems) {
  const Names a{"k", "c", "a"}, b{"k", "c", "b"}, c{"k", "c", "c"};
  const std::vector<model::Record> records = {
      make_record(a, 1), make_record(b, 2), make_record(c, 3), make_record(b, 4, std::string("last")),
      make_erase(a, 5),  make_erase(c, 6),  make_record(a, 7), make_record(a, 8)};
  const auto history = open_history();
  history->append(Versions().all(records));
  EXPECT_EQ(store->rebuild_latest(*history, kStoreId), 2U);
  const auto latest = open_latest();
  EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"b=2@4", "a=4@8", "c!2@6"}));
  EXPECT_EQ(latest->meta(), (Meta{1, kStoreId, 8, 2, 4, 8, 4 ^ 8}));
  EXPECT_EQ(latest->tail_rows(), 0U);
  EXPECT_TRUE(latest->is_healthy());
  const auto query = latest->connect_read_only();
  const auto row = query->execute("SELECT version, value_string FROM storage_latest WHERE item_name = 'b'").fetchone();
  EXPECT_EQ(*row, (Row{std::int64_t{1}, std::string("last")}));
}

TEST_F(Rebuild, ReplacesAStaleLatestTwiceWithTheSameResult) {
  const std::vector<model::Record> records = {make_record({"k", "c", "a"}, 1), make_record({"k", "c", "a"}, 2)};
  const auto history = open_history();
  history->append(Versions().all(records));
  {
    const auto latest = open_latest();
    latest->apply(std::vector{change_of(records[0], 1)}, 1);
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(store->rebuild_latest(*history, kStoreId), 1U);
    const auto latest = open_latest();
    EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"a=2@2"}));
  }
  history->append(std::vector<VersionedRecord>{});  // still open and usable
  EXPECT_EQ(history->meta().rows, 2U);
}

TEST_F(Rebuild, GivesAnEmptyLatestForAnEmptyHistory) {
  const auto history = open_history();
  EXPECT_EQ(store->rebuild_latest(*history, kStoreId), 0U);
  EXPECT_EQ(open_latest()->meta(), (Meta{1, kStoreId, 0, 0, 0, 0, 0}));
}

TEST_F(Rebuild, EqualsWhatUpdatesMakeOfAnyHistory) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto history = open_history();
  std::deque<model::Record> records;
  std::vector<VersionedRecord> rows;
  Versions versions;
  Strings by_updates;
  {
    const auto latest = open_latest();
    for (std::uint64_t sequence = 1; sequence <= 100; ++sequence) {
      const Names names{"k", "c", std::to_string(random() % 12)};
      records.push_back(random() % 4 == 0 ? make_erase(names, sequence) : make_record(names, sequence));
      rows.push_back(versions.next(records.back()));
      latest->apply(std::vector{change_of(records.back(), rows.back().version)}, sequence);
    }
    by_updates = items_of(*latest, "k", "c");
  }
  history->append(rows);
  store->rebuild_latest(*history, kStoreId);
  const auto latest = open_latest();
  Strings rebuilt = items_of(*latest, "k", "c");
  std::sort(by_updates.begin(), by_updates.end());
  std::sort(rebuilt.begin(), rebuilt.end());
  EXPECT_EQ(rebuilt, by_updates);
  EXPECT_TRUE(latest->is_healthy());
}

TEST_F(Rebuild, PutsMissingRecordsIntoHistoryAndCountsVersionsAnew) {
  const Names a{"k", "c", "a"}, b{"k", "c", "b"};
  const std::vector<model::Record> all = {make_record(a, 1), make_record(a, 2, std::int64_t{2}), make_record(b, 3),
                                          make_record(a, 4), make_record(b, 5)};
  auto history = open_history();
  history->append(Versions().all({all[1], all[3]}));
  history = store->rebuild_history(std::move(history), std::vector{all[0], all[2], all[4]});
  const auto rows = rows_of(*history);
  ASSERT_EQ(rows.size(), 5U);
  const std::vector<std::pair<std::uint32_t, std::uint64_t>> expected = {{1, 0}, {2, 1}, {1, 0}, {3, 2}, {2, 3}};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(rows[i].record.sequence(), i + 1);
    EXPECT_EQ(std::pair(rows[i].version, rows[i].previous_sequence), expected[i]) << i;
  }
  EXPECT_EQ(rows[1].record.state->value(), model::ValueView(std::int64_t{2}));
  EXPECT_EQ(history->meta(), (Meta{1, kStoreId, 5, 5, 1, 5, 1 ^ 2 ^ 3 ^ 4 ^ 5}));
  EXPECT_TRUE(history->is_healthy());
  const auto next = make_record(a, 6);
  history->append(std::vector<VersionedRecord>{{&next, 4, 4}});
  history.reset();
  EXPECT_EQ(open_history()->meta().rows, 6U);
}

TEST_F(Rebuild, KeepsCustomColumnsInBothTables) {
  const model::Schema schema = {{"age", model::ColumnType::int32}, {"Full Name", model::ColumnType::string}};
  auto history = store->open_history(schema, kStoreId);
  model::Record record = make_record({"k", "c", "a"}, 2);
  record.projection.extra = {std::int64_t{42}, std::string("Ann")};
  history->append(std::vector<VersionedRecord>{{&record, 1, 0}});
  model::Record before = make_record({"k", "c", "a"}, 1);
  before.projection.extra.resize(2);
  history = store->rebuild_history(std::move(history), std::vector{before});
  EXPECT_EQ(rows_of(*history)[1].record.projection.extra, record.projection.extra);
  store->rebuild_latest(*history, kStoreId);
  const auto latest = store->open_latest(schema, kStoreId);
  const auto row = latest->connect_read_only()->execute("SELECT age, \"Full Name\" FROM storage_latest").fetchone();
  EXPECT_EQ(*row, (Row{std::int64_t{42}, std::string("Ann")}));
}

TEST_F(Rebuild, SortsMoreRowsThanItsMemoryHolds) {
  store = make_duckdb_tables({base_dir, 128ULL << 20U, 1});
  const auto history = open_history();
  Versions versions;
  std::uint64_t sequence = 0;
  for (int batch = 0; batch < 20; ++batch) {
    std::deque<model::Record> records;
    std::vector<VersionedRecord> rows;
    for (int i = 0; i < 10'000; ++i) {
      ++sequence;
      records.push_back(make_record({"key" + std::to_string(sequence * 7919 % 1000), "c", std::to_string(sequence)},
                                    sequence, std::monostate{}, R"({"a":")" + std::string(300, 'x') + R"("})"));
      rows.push_back(versions.next(records.back()));
    }
    history->append(rows);
  }
  EXPECT_EQ(store->rebuild_latest(*history, kStoreId), 200'000U);
  const auto latest = open_latest();
  EXPECT_EQ(latest->load("key7", "c").at(0).items.size(), 200U);
  latest->sort();
  EXPECT_EQ(latest->load("key7", "c").at(0).items.size(), 200U);
}

}  // namespace
}  // namespace cfp::tables
