#include "recovery/table_opening.h"

#include <gtest/gtest.h>

#include "cfp/error.h"
#include "recovery/catch_up.h"
#include "recovery/log_replay.h"
#include "recovery/table_healing.h"
#include "support/fake_tables.h"
#include "support/simulated_log.h"

namespace cfp::recovery {
namespace {

using support::FakeTableDisk;
using support::FakeTables;
using support::made_erase;
using support::made_record;
using support::numbered;
using support::SimulatedLog;

/// A store's tables and its log, and an opening of them.
class TableOpening : public testing::Test {
 protected:
  ~TableOpening() override { EXPECT_EQ(disk_->violations, std::vector<std::string>()); }

  OpenedTables open() {
    messages_.clear();
    const Report report = [this](LogLevel, const std::string& message) {
      messages_ += message + "\n";
      // Renaming the file is what the fake has no file for.
      if (message.starts_with("storage_latest.duckdb")) disk_->remove_latest();
      if (message.starts_with("storage_history.duckdb")) disk_->remove_history();
    };
    LogInventory inventory = take_inventory(*log_.base, report);
    return open_tables(*log_.base, tables_, inventory,
                       {configured_, [] { return std::string("made"); }, on_damage_, nullptr, add_missing_columns_},
                       report);
  }
  ErrorCode refusal() {
    try {
      open();
    } catch (const CollectionFastPersistError& error) {
      refusal_ = error.what();
      return error.code();
    }
    ADD_FAILURE() << "opened";
    return ErrorCode::internal;
  }
  /// Puts `count` stores of items a and b in turn into history, an erase of "a" as every fifth; and `latest` of them
  /// into latest.
  void fill(std::uint64_t count, std::uint64_t latest) {
    auto opened = open();
    for (std::uint64_t i = 1; i <= count; ++i) {
      const char* item = i % 2 == 1 ? "a" : "b";
      const model::Record record = numbered(i % 5 == 0 ? made_erase("k", "c", item) : made_record("k", "c", item), i);
      const auto version = static_cast<std::uint32_t>((i + 1) / 2);
      const tables::VersionedRecord row{&record, version, i < 3 ? 0 : i - 2};
      opened.history->append({&row, 1});
      if (i == latest) catch_up(*opened.history, *opened.latest);
    }
  }
  void write_log(std::uint64_t after, std::int64_t records) {
    log_.start(1000, {.last_sequence = after, .next_sequence = after + 1});
    for (std::int64_t i = 0; i < records; ++i) log_.write_value(i);
    log_.writer->close();
  }
  void cut_history_back() const {
    support::FakeHistoryFile cut_back = *disk_->history;
    cut_back.rows.resize(6);
    cut_back.meta = support::recounted(cut_back);
    cut_back.meta.watermark = 6;
    cut_back.last.clear();
    for (const auto& row : cut_back.rows)
      cut_back.last[support::name_of(row.record)] = {row.version, row.record.sequence()};
    disk_->history = cut_back;
  }
  /// "item:version:first" of each row; a deleted item without its place.
  [[nodiscard]] std::string latest() const {
    std::string out;
    for (const auto& [name, row] : disk_->latest->rows) {
      out += name.item_name + ":" + std::to_string(row.base.version);
      if (row.state) out += ":" + std::to_string(row.first_sequence);
      out += " ";
    }
    return out;
  }

  std::shared_ptr<FakeTableDisk> disk_ = std::make_shared<FakeTableDisk>();
  FakeTables tables_{disk_};
  SimulatedLog log_;
  OnDamage on_damage_ = OnDamage::heal;
  model::Schema configured_;
  bool add_missing_columns_ = false;
  std::string messages_, refusal_;
};

TEST_F(TableOpening, MakesBothTablesOfANewStore) {
  const auto opened = open();
  EXPECT_EQ(opened.history->meta().store_id, "made");
  EXPECT_EQ(opened.latest->meta().store_id, "made");
  EXPECT_EQ(opened.latest->meta().watermark, 0U);
}

TEST_F(TableOpening, TakesLatestAsItIsWhenItStandsWhereHistoryStands) {
  fill(7, 7);
  const std::string before = latest();
  disk_->on_step = [](std::string_view step) { ADD_FAILURE() << step; };
  open();
  EXPECT_EQ(latest(), before);
  EXPECT_EQ(messages_, "");
}

TEST_F(TableOpening, AppliesToLatestWhatOnlyHistoryHas) {
  for (std::uint64_t rows = 1; rows <= 12; ++rows) {
    for (std::uint64_t in_latest = 0; in_latest <= rows; ++in_latest) {
      disk_->remove_history();
      disk_->remove_latest();
      fill(rows, in_latest);
      auto opened = open();
      EXPECT_EQ(opened.latest->meta().watermark, rows);
      const std::string caught_up = latest();
      opened.latest.reset();
      tables_.rebuild_latest(*opened.history, "made");
      EXPECT_EQ(latest(), caught_up) << in_latest << " of " << rows;
    }
  }
}

TEST_F(TableOpening, BuildsLatestAgainWhenItIsMissing) {
  fill(9, 9);
  const std::string before = latest();
  disk_->remove_latest();
  open();
  EXPECT_EQ(latest(), before);
  EXPECT_EQ(disk_->latest->meta.watermark, 9U);
}

TEST_F(TableOpening, BuildsLatestAgainWhenItIsDamagedOrOfAnotherStore) {
  fill(9, 9);
  const std::string before = latest();
  disk_->damage_latest();
  open();
  EXPECT_EQ(latest(), before);
  EXPECT_NE(messages_.find("set aside and built again from history"), std::string::npos);
  // Another store's only where somebody else says whose directory it is.
  disk_->latest->meta.store_id = "another";
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  write_log(0, 9);
  disk_->history->meta.store_id = SimulatedLog::kStoreId;
  open();
  EXPECT_EQ(latest(), before);
  EXPECT_EQ(disk_->latest->meta.store_id, SimulatedLog::kStoreId);
}

/// Only where it holds records is something lost by not believing it.
TEST_F(TableOpening, ALatestOfAnotherStoreWithoutRecordsSaysNothing) {
  fill(9, 0);
  disk_->latest->meta.store_id = "another";
  const auto opened = open();
  EXPECT_EQ(opened.latest->meta().watermark, 9U);
  EXPECT_EQ(disk_->latest->meta.store_id, "made");
}

TEST_F(TableOpening, AnEmptyHistoryOfAnotherStoreDoesNotHideWhatLatestHas) {
  fill(9, 9);
  support::FakeHistoryFile empty = *disk_->history;
  empty.rows.clear();
  empty.last.clear();
  empty.meta = support::recounted(empty);
  empty.meta.watermark = 0;
  empty.meta.store_id = "another";
  disk_->history = empty;
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  EXPECT_NE(refusal_.find("another store than storage_latest.duckdb"), std::string::npos) << refusal_;
}

TEST_F(TableOpening, BuildsLatestAgainWhenItIsAheadOfHistoryAndTheLogHasTheRest) {
  write_log(0, 9);
  fill(9, 9);
  disk_->history->meta.store_id = disk_->latest->meta.store_id = SimulatedLog::kStoreId;
  cut_history_back();
  const auto opened = open();
  EXPECT_NE(messages_.find("ahead of"), std::string::npos);
  EXPECT_EQ(opened.latest->meta().watermark, 6U);
  EXPECT_EQ(opened.healed_files, 1U);
  EXPECT_EQ(latest(), "a:3 b:3:2 ");
}

TEST_F(TableOpening, RefusesToGoBackBehindWhatLatestKnows) {
  fill(9, 9);
  cut_history_back();
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  EXPECT_NE(refusal_.find("holds the records through 6 only, storage_latest.duckdb those through 9"), std::string::npos)
      << refusal_;
  EXPECT_NE(refusal_.find("repair(base_dir)"), std::string::npos);
  EXPECT_EQ(disk_->latest->meta.watermark, 9U) << "nothing was changed";
}

TEST_F(TableOpening, AsksFirstWhenItIsToldTo) {
  fill(9, 9);
  disk_->damage_latest();
  on_damage_ = OnDamage::raise;
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  EXPECT_NE(refusal_.find("With on_damage \"heal\" it is built again from history"), std::string::npos) << refusal_;
  EXPECT_TRUE(disk_->latest->is_damaged);
  on_damage_ = OnDamage::heal;
  open();
}

TEST_F(TableOpening, ReadsInFullWhatWasNotClosedOrWhereDamageWasFound) {
  fill(9, 9);
  auto opened = open();
  EXPECT_TRUE(opened.history_was_read && opened.latest_was_read) << "commits without a checkpoint";
  opened.history->checkpoint();
  opened.latest->checkpoint();
  opened = {};
  opened = open();
  EXPECT_FALSE(opened.history_was_read || opened.latest_was_read);
  opened = {};
  mark_for_check(*log_.base);
  mark_for_check(*log_.base);
  opened = open();
  EXPECT_TRUE(opened.history_was_read && opened.latest_was_read);
  EXPECT_FALSE(log_.base->contains(".check"));
}

TEST_F(TableOpening, MakesHistoryAnewWhenTheLogReachesBackToTheFirstRecord) {
  write_log(0, 10);
  const auto opened = open();
  EXPECT_EQ(opened.history->meta().store_id, SimulatedLog::kStoreId);
  EXPECT_EQ(opened.history->meta().watermark, 0U);
  EXPECT_NE(messages_.find("built again from the log"), std::string::npos);
}

TEST_F(TableOpening, RefusesAMissingHistoryThatTheLogDoesNotCover) {
  write_log(5, 10);
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  EXPECT_NE(refusal_.find("the acknowledged records 1 to 5 cannot be read"), std::string::npos) << refusal_;
  EXPECT_FALSE(disk_->history);
}

TEST_F(TableOpening, RefusesAMissingHistoryWithoutALog) {
  fill(3, 3);
  disk_->remove_history();
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  EXPECT_FALSE(disk_->history);
  EXPECT_TRUE(disk_->latest);
}

TEST_F(TableOpening, RefusesToGuessWhichOfTwoLogsIsItsOwn) {
  write_log(0, 3);
  log_.store_id = "another";
  log_.start(1000, {.next_segment = 50});
  log_.write_value(1);
  log_.writer->close();
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  EXPECT_NE(refusal_.find("different stores"), std::string::npos);
  EXPECT_FALSE(disk_->history);
}

TEST_F(TableOpening, RefusesADamagedHistoryThatNothingCovers) {
  fill(3, 3);
  disk_->damage_history();
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
}

TEST_F(TableOpening, RefusesColumnsThatHistoryLacksUnlessItIsToldToAddThem) {
  fill(9, 4);
  configured_ = {{"color", model::ColumnType::string}};
  EXPECT_EQ(refusal(), ErrorCode::extra_schema);
  EXPECT_NE(refusal_.find("add_missing_columns"), std::string::npos) << refusal_;
  add_missing_columns_ = true;
  on_damage_ = OnDamage::raise;  // it is none
  const auto opened = open();
  EXPECT_EQ(opened.history->schema(), configured_);
  EXPECT_EQ(opened.latest->meta().watermark, 9U);
  EXPECT_EQ(opened.healed_files, 0U);
  EXPECT_NE(messages_.find("were added"), std::string::npos) << messages_;
  EXPECT_EQ(latest(), "a:5:7 b:4:2 ");
}

TEST_F(TableOpening, FinishesForAnyConfigWhatAddingColumnsBegan) {
  fill(9, 9);
  disk_->history->schema = {{"color", model::ColumnType::string}};  // killed before latest had it
  on_damage_ = OnDamage::raise;
  const auto opened = open();
  EXPECT_EQ(opened.latest->meta().watermark, 9U);
  EXPECT_EQ(disk_->latest->schema, disk_->history->schema);
  EXPECT_EQ(opened.healed_files, 0U);
}

TEST_F(TableOpening, DoesNotBelieveAnOlderHistoryForTheColumnsThatItWasGiven) {
  fill(9, 9);
  cut_history_back();
  configured_ = {{"color", model::ColumnType::string}};
  add_missing_columns_ = true;
  EXPECT_EQ(refusal(), ErrorCode::corrupt);
  EXPECT_NE(refusal_.find("those through 9"), std::string::npos) << refusal_;
}

TEST_F(TableOpening, GivesNoColumnsToAHistoryOfAnotherStore) {
  fill(9, 9);
  disk_->history->meta.store_id = "another";
  write_log(9, 1);
  configured_ = {{"color", model::ColumnType::string}};
  add_missing_columns_ = true;
  refusal();
  EXPECT_EQ(disk_->history->schema, model::Schema());
}

TEST_F(TableOpening, MayBeKilledAtAnyStep) {
  fill(9, 4);
  for (int step = 0; step < 4; ++step) {
    int left = step;
    if (step == 2) disk_->remove_latest();
    disk_->on_step = [&](std::string_view) {
      if (left-- == 0) throw std::runtime_error("killed");
    };
    try {
      open();
    } catch (const std::runtime_error&) {
    }
    disk_->on_step = {};
    EXPECT_EQ(open().latest->meta().watermark, 9U);
    EXPECT_EQ(latest(), "a:5:7 b:4:2 ") << step;
  }
}

TEST(SetAsideFile, KeepsTwoOfThem) {
  SimulatedLog log;
  for (const char* bytes : {"one", "two", "three"}) {
    log.base->open("storage_latest.duckdb", os::OpenMode::create)->write(0, bytes);
    set_aside_file(*log.base, "storage_latest.duckdb");
  }
  set_aside_file(*log.base, "storage_latest.duckdb");  // nothing there
  EXPECT_EQ(log.disk.content("/store/storage_latest.duckdb.corrupt"), "three");
  EXPECT_EQ(log.disk.content("/store/storage_latest.duckdb.2.corrupt"), "two");
  EXPECT_FALSE(log.disk.content("/store/storage_latest.duckdb"));
}

}  // namespace
}  // namespace cfp::recovery
