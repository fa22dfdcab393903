#include <gtest/gtest.h>

#include <filesystem>
#include <limits>

#include "cfp/error.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

constexpr auto kNoTime = std::numeric_limits<std::int64_t>::max();

class HistorySalvage : public TablesTest {
 protected:
  /// Item "a" at version 3 (sequence 7), "b" deleted at version 2 (sequence 9); watermark 10.
  void make_latest() {
    const auto a = make_record({"k", "c", "a"}, 7, std::int64_t{70}, R"({"x":1})");
    const auto b = make_erase({"k", "c", "b"}, 9);
    const std::vector<ItemChange> changes = {change_of(a, 3), change_of(b, 2)};
    const auto latest = open_latest();
    latest->apply(changes, 10);
    latest->checkpoint();
  }
  /// "item@sequence=version".
  std::vector<std::string> rows() {
    std::vector<std::string> all;
    for (const HistoryRecord& row : rows_of(*open_history())) {
      all.push_back(std::string(row.record.state->item_name()) + "@" + std::to_string(row.record.sequence()) + "=" +
                    std::to_string(row.version));
    }
    return all;
  }
};

TEST_F(HistorySalvage, MakesHistoryOfLatestWithVersionsAndSequences) {
  make_latest();
  EXPECT_EQ(store->sequences(latest_file(), "storage_latest", 0), (std::vector<std::uint64_t>{7, 9}));
  EXPECT_EQ(store->sequences(latest_file(), "storage_latest", 7), (std::vector<std::uint64_t>{9}));
  store->add_rows_of_latest(latest_file());
  EXPECT_EQ(rows(), (std::vector<std::string>{"a@7=3", "b@9=2"}));
  const auto history = open_history();
  EXPECT_EQ(history->meta().watermark, 10U);
  EXPECT_EQ(history->meta().store_id, kStoreId);
  EXPECT_TRUE(history->is_healthy());
  const auto all = rows_of(*history);
  EXPECT_EQ(all[0].record.state->data(), R"({"x":1})");
  EXPECT_EQ(std::get<std::int64_t>(all[0].record.state->value()), 70);
  EXPECT_EQ(all[1].record.state->operation(), model::Operation::erase);
  EXPECT_EQ(all[1].record.state->updated_at_us, all[0].record.state->updated_at_us);
}

TEST_F(HistorySalvage, AddsOnlyWhatIsAboveHistorysWatermark) {
  make_latest();
  open_history()->append(Versions().all({make_record({"k", "c", "b"}, 2), make_record({"k", "c", "a"}, 7)}));
  store->add_rows_of_latest(latest_file());
  EXPECT_EQ(rows(), (std::vector<std::string>{"b@2=1", "a@7=1", "b@9=2"}));
}

TEST_F(HistorySalvage, CountsVersionsOfWovenInRecordsBackFromTheCarriedOne) {
  make_latest();
  store->add_rows_of_latest(latest_file());
  const std::vector<model::Record> missing = {make_record({"k", "c", "a"}, 5), make_record({"k", "c", "a"}, 6),
                                              make_record({"k", "c", "z"}, 8)};
  auto history = store->rebuild_history(open_history(), missing);
  EXPECT_TRUE(history->is_healthy());
  history.reset();
  EXPECT_EQ(rows(), (std::vector<std::string>{"a@5=1", "a@6=2", "a@7=3", "z@8=1", "b@9=2"}));
}

TEST_F(HistorySalvage, FindsWhereAHistoryCanBeCut) {
  auto second = make_record({"k", "c", "b"}, 4), third = make_record({"k", "c", "c"}, 5);
  second.batch.first = third.batch.first = 4;
  {
    const auto history = open_history();
    history->append(Versions().all({make_record({"k", "c", "a"}, 2), second, third}));
    history->checkpoint();
  }
  const auto cut = [&](std::uint64_t through, std::int64_t time) {
    return store->last_whole_sequence(history_file(), through, time);
  };
  EXPECT_EQ(cut(1, kNoTime), 0U);
  EXPECT_EQ(cut(3, kNoTime), 2U);
  EXPECT_EQ(cut(4, kNoTime), 2U) << "the batch would be cut";
  EXPECT_EQ(cut(5, kNoTime), 5U);
  EXPECT_EQ(cut(UINT64_MAX, third.state->updated_at_us), 5U);
  EXPECT_EQ(cut(UINT64_MAX, second.state->updated_at_us), 2U);
  EXPECT_EQ(cut(UINT64_MAX, 0), 0U);
}

TEST_F(HistorySalvage, ReportsAFileThatIsNoneOfOurs) {
  make_latest();
  EXPECT_THROW(store->sequences(latest_file(), "storage_history", 0), CollectionFastPersistError);
  EXPECT_THROW(store->sequences(base_dir / "missing", "storage_history", 0), CollectionFastPersistError);
}

}  // namespace
}  // namespace cfp::tables
