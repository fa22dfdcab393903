// What the fake tables promise to the tests that stand on them: the meaning of src/tables/tables.h, and that no wrong
// use of it goes unseen.

#include <gtest/gtest.h>

#include <algorithm>

#include "support/fake_tables.h"
#include "support/made_record.h"
#include "tables/net_changes.h"

namespace cfp::support {
namespace {

using model::Operation;
using tables::HistoryRecord;
using tables::ItemChange;
using tables::VersionedRecord;

model::Record record_of(std::uint64_t sequence, const std::string& item, Operation operation = Operation::store,
                        const std::string& collection = "c") {
  model::Record record = made_record("k", collection, item, {}, "{}", operation);
  record.state->sequence = sequence;
  return record;
}

class FakeTablesTest : public ::testing::Test {
 protected:
  FakeTablesTest() { open(); }

  void open() {
    latest_.reset();
    history_.reset();
    store_ = std::make_unique<FakeTables>(disk_);
    history_ = store_->open_history({}, "id");
    latest_ = store_->open_latest(history_->schema(), "id");
  }
  void append(const model::Record& record, std::uint32_t version, std::uint64_t previous) {
    const VersionedRecord row{&record, version, previous};
    history_->append({&row, 1});
  }
  /// What lies between the two watermarks, as recovery does it.
  void catch_up() {
    std::vector<HistoryRecord> rows;
    const std::uint64_t watermark = history_->meta().watermark;
    history_->read(latest_->meta().watermark, watermark, [&](HistoryRecord&& row) { rows.push_back(std::move(row)); });
    std::vector<VersionedRecord> records;
    for (const HistoryRecord& row : rows) records.push_back({&row.record, row.version, row.previous_sequence});
    latest_->apply(tables::net_changes(records), watermark);
  }
  /// a: stored twice; b: stored, deleted; sequences 1 to 4.
  void fill() {
    append(record_of(1, "a"), 1, 0);
    append(record_of(2, "b"), 1, 0);
    append(record_of(3, "a"), 2, 1);
    append(record_of(4, "b", Operation::erase), 2, 2);
  }
  model::VersionBase base_of(const std::string& item) {
    const model::Record record = record_of(0, item);
    const tables::ItemName name{"k", "c", item, record.key_hash, record.item_hash};
    return latest_->version_bases({&name, 1}).at(0);
  }

  std::shared_ptr<FakeTableDisk> disk_ = std::make_shared<FakeTableDisk>();
  std::unique_ptr<FakeTables> store_;
  std::unique_ptr<tables::HistoryTable> history_;
  std::unique_ptr<tables::LatestTable> latest_;
};

TEST_F(FakeTablesTest, CountsTheRowsOfHistoryInItsMeta) {
  fill();
  const tables::Meta expected{1, "id", 4, 4, 1, 4, 1 ^ 2 ^ 3 ^ 4};
  EXPECT_EQ(history_->meta(), expected);
  EXPECT_TRUE(history_->is_healthy());
  const std::vector<std::uint64_t> wanted = {1, 4, 5, 9};
  EXPECT_EQ(history_->missing(wanted), (std::vector<std::uint64_t>{5, 9}));
}

TEST_F(FakeTablesTest, ReadsHistoryBetweenTwoSequences) {
  fill();
  std::vector<std::uint64_t> read;
  history_->read(1, 3, [&](HistoryRecord&& row) {
    read.push_back(row.record.sequence());
    if (row.record.sequence() == 3) {
      EXPECT_EQ(row.version, 2U);
      EXPECT_EQ(row.previous_sequence, 1U);
    }
  });
  EXPECT_EQ(read, (std::vector<std::uint64_t>{2, 3}));
}

TEST_F(FakeTablesTest, KeepsTheLastRecordOfEachItemAndTheCountsOfDeletedOnes) {
  fill();
  catch_up();
  const tables::Meta expected{1, "id", 4, 1, 3, 3, 3};
  EXPECT_EQ(latest_->meta(), expected);
  EXPECT_EQ(base_of("a"), (model::VersionBase{2, 3}));
  EXPECT_EQ(base_of("b"), (model::VersionBase{2, 4}));
  EXPECT_EQ(base_of("c"), model::VersionBase{});

  auto loaded = latest_->load("k", "c");
  ASSERT_EQ(loaded.size(), 1U);
  ASSERT_EQ(loaded[0].items.size(), 2U);
  std::sort(loaded[0].items.begin(), loaded[0].items.end(),
            [](const auto& x, const auto& y) { return x.item_name < y.item_name; });
  EXPECT_EQ(loaded[0].items[0].state->sequence, 3U);
  EXPECT_EQ(loaded[0].items[0].first_sequence, 1U);
  EXPECT_EQ(loaded[0].items[1].state, nullptr);
  EXPECT_EQ(loaded[0].items[1].first_sequence, 0U);
  EXPECT_TRUE(latest_->load("k", "d").empty());
  EXPECT_TRUE(latest_->load("x", std::nullopt).empty());
}

TEST_F(FakeTablesTest, GivesAnItemThatComesBackANewPlace) {
  fill();
  catch_up();
  append(record_of(5, "b"), 3, 4);
  append(record_of(6, "a", Operation::erase), 3, 3);
  append(record_of(7, "a"), 4, 6);
  catch_up();
  const auto loaded = latest_->load("k", std::nullopt);
  ASSERT_EQ(loaded.size(), 1U);
  for (const auto& item : loaded[0].items) {
    EXPECT_EQ(item.first_sequence, item.item_name == "a" ? 7U : 5U);
  }
}

TEST_F(FakeTablesTest, BuildsLatestAnewAsItWouldHaveBecome) {
  fill();
  append(record_of(5, "b"), 3, 4);
  append(record_of(6, "x", Operation::store, "d"), 1, 0);
  catch_up();
  const auto meta = latest_->meta();
  const auto rows = disk_->latest->rows;
  latest_.reset();
  disk_->remove_latest();
  EXPECT_EQ(store_->rebuild_latest(*history_, "id"), 3U);
  latest_ = store_->open_latest({}, "id");
  EXPECT_EQ(latest_->meta(), meta);
  for (const auto& [name, row] : rows) {
    EXPECT_EQ(disk_->latest->rows.at(name).base, row.base);
    EXPECT_EQ(disk_->latest->rows.at(name).first_sequence, row.first_sequence);
  }
  EXPECT_EQ(latest_->load("k", std::nullopt).size(), 2U);
}

TEST_F(FakeTablesTest, BuildsHistoryAnewWithVersionsCountedOverAllRecords) {
  append(record_of(1, "a"), 1, 0);
  append(record_of(5, "a"), 2, 1);
  const std::vector<model::Record> missing = {record_of(3, "a"), record_of(9, "b")};
  history_ = store_->rebuild_history(std::move(history_), missing);
  std::vector<std::uint32_t> versions;
  history_->read(0, 99, [&](HistoryRecord&& row) { versions.push_back(row.version); });
  EXPECT_EQ(versions, (std::vector<std::uint32_t>{1, 2, 3, 1}));
  EXPECT_EQ(history_->meta().watermark, 9U);
  EXPECT_TRUE(history_->is_healthy());
}

TEST_F(FakeTablesTest, RefusesAndNotesWhatNoCorrectEngineAppends) {
  fill();
  EXPECT_THROW(append(record_of(4, "z"), 1, 0), std::logic_error);  // Not above the watermark.
  EXPECT_THROW(append(record_of(5, "a"), 4, 3), std::logic_error);  // A gap in the versions.
  EXPECT_THROW(append(record_of(5, "a"), 2, 3), std::logic_error);  // A version twice.
  EXPECT_THROW(append(record_of(5, "a"), 3, 1), std::logic_error);  // Not after the row before.
  const model::Record good = record_of(5, "z"), bad = record_of(5, "y");
  const std::vector<VersionedRecord> rows = {{&good, 1, 0}, {&bad, 1, 0}};
  EXPECT_THROW(history_->append(rows), std::logic_error);  // Not increasing; nothing of it stays.
  EXPECT_EQ(disk_->violations.size(), 5U);
  EXPECT_EQ(history_->meta().watermark, 4U);
  EXPECT_TRUE(history_->is_healthy());
  append(good, 1, 0);
}

TEST_F(FakeTablesTest, RefusesAndNotesWhatNoCorrectEngineDoesToLatest) {
  fill();
  const model::Record first = record_of(1, "a"), second = record_of(3, "a"), foreign = record_of(2, "z");
  const auto apply = [&](std::vector<ItemChange> changes, std::uint64_t watermark) {
    latest_->apply(changes, watermark);
  };
  EXPECT_THROW(apply({{{&first, 1, 0}, 1}, {{&second, 2, 1}, 1}}, 4), std::logic_error);  // An item twice.
  EXPECT_THROW(apply({{{&second, 2, 1}, 0}}, 4), std::logic_error);                       // No place.
  EXPECT_THROW(apply({{{&second, 3, 1}, 1}}, 4), std::logic_error);                       // Not the version of history.
  EXPECT_THROW(apply({{{&second, 2, 1}, 1}}, 2), std::logic_error);                       // Above its watermark.
  EXPECT_THROW(apply({{{&foreign, 1, 0}, 2}}, 4), std::logic_error);                      // Not in history.
  EXPECT_THROW(apply({}, 9), std::logic_error);                                           // Ahead of history.
  EXPECT_THROW(store_->open_latest({}, "id"), std::logic_error);                          // Open already.
  EXPECT_EQ(disk_->violations.size(), 7U);
  catch_up();
  EXPECT_THROW(apply({}, 3), std::logic_error);  // Backwards.
}

TEST_F(FakeTablesTest, FailsACommitBeforeOrAfterItWasApplied) {
  disk_->fail_next_history_commit(CommitFault::before, ErrorCode::disk_full);
  EXPECT_THROW(append(record_of(1, "a"), 1, 0), CollectionFastPersistError);
  EXPECT_EQ(history_->meta().watermark, 0U);
  disk_->fail_next_history_commit(CommitFault::after);
  EXPECT_THROW(append(record_of(1, "a"), 1, 0), CollectionFastPersistError);
  EXPECT_EQ(history_->meta().watermark, 1U);
  disk_->fail_next_latest_commit(CommitFault::after);
  EXPECT_THROW(catch_up(), CollectionFastPersistError);
  EXPECT_EQ(latest_->meta().watermark, 1U);
  EXPECT_TRUE(disk_->violations.empty());
}

TEST_F(FakeTablesTest, CanLoseTheLastCommitsAtACrashBackToACheckpoint) {
  append(record_of(1, "a"), 1, 0);
  catch_up();
  const auto latest_of_one = latest_->meta();
  history_->checkpoint();
  latest_->checkpoint();
  append(record_of(2, "a"), 2, 1);
  append(record_of(3, "b"), 1, 0);
  catch_up();
  auto old = std::move(history_);
  disk_->crash(1, 99);
  EXPECT_THROW(old->checkpoint(), std::logic_error);
  old.reset();
  open();
  EXPECT_EQ(history_->meta().watermark, 2U);
  EXPECT_EQ(latest_->meta(), latest_of_one);
  EXPECT_TRUE(history_->is_healthy());
  EXPECT_TRUE(latest_->is_healthy());
  append(record_of(3, "b"), 1, 0);
  catch_up();
  EXPECT_EQ(base_of("a"), (model::VersionBase{2, 2}));
}

TEST_F(FakeTablesTest, TellsMissingDamagedAndForeignFilesApart) {
  const auto code_of_open = [&](std::string_view store_id) {
    try {
      store_->open_history({}, store_id);
    } catch (const CollectionFastPersistError& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  history_.reset();
  EXPECT_EQ(code_of_open("other"), ErrorCode::foreign);
  disk_->damage_history();
  EXPECT_EQ(code_of_open("id"), ErrorCode::corrupt);
  EXPECT_FALSE(store_->is_healthy_file("x", "storage_history"));
  EXPECT_TRUE(store_->is_healthy_file("x", "storage_latest"));
  EXPECT_THROW(store_->is_healthy_file("x", "users"), CollectionFastPersistError);
  EXPECT_TRUE(store_->has_history());
  disk_->remove_history();
  EXPECT_FALSE(store_->has_history());
  disk_->reference_rows.push_back(record_of(0, "a"));
  EXPECT_TRUE(store_->is_reference_history());
  int rows = 0;
  store_->read_reference_history([&](model::Record&&) { ++rows; });
  EXPECT_EQ(rows, 1);
}

TEST_F(FakeTablesTest, WantsSortingWhenTheTailHasPassedItsBound) {
  disk_->tail_bound = 1;
  append(record_of(1, "a"), 1, 0);
  append(record_of(2, "b"), 1, 0);
  catch_up();
  EXPECT_EQ(latest_->tail_rows(), 2U);
  EXPECT_TRUE(latest_->wants_sorting());
  latest_->sort();
  EXPECT_FALSE(latest_->wants_sorting());
}

TEST_F(FakeTablesTest, TellsEachStepSoThatATestCanEndTheEngineThere) {
  std::vector<std::string> steps;
  disk_->on_step = [&](std::string_view name) { steps.emplace_back(name); };
  append(record_of(1, "a"), 1, 0);
  catch_up();
  EXPECT_EQ(steps, (std::vector<std::string>{"history before commit", "history after commit", "latest before commit",
                                             "latest after commit"}));
}

}  // namespace
}  // namespace cfp::support
