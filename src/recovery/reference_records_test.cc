#include "recovery/reference_records.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/fake_tables.h"
#include "support/simulated_log.h"

namespace cfp::recovery {
namespace {

using support::made_record;
using support::SimulatedLog;

/// A directory of the reference implementation: rows of its history, lines of its log.
class ReferenceRecords : public testing::Test {
 protected:
  void add_row(const std::string& item, const Value& value, const std::string& data, const std::string& time) {
    model::Record row = made_record("k", "c", item, value, data);
    support::remake(row, [&](auto& state) { state.timestamp = Timestamp(time); });
    row.state->updated_at_us = Timestamp(time).utc().time_since_epoch().count() + 5;
    disk_->reference_rows.push_back(row);
  }
  static std::string line(const std::string& item, const std::string& value, const std::string& data,
                          const std::string& time) {
    return R"({"key": "k", "collection_name": "c", "item_name": ")" + item + R"(", "data": )" + data +
           R"(, "value": )" + value + R"(, "username": null, "timestamp": ")" + time + "\"}\n";
  }
  /// "item=data" of each record.
  std::vector<std::string> read(const std::string& log) {
    log_.put("wal_000001.jsonl", log);
    support::FakeTables tables(disk_);
    const Report report = [this](LogLevel, const std::string& message) { messages_.push_back(message); };
    const LogInventory inventory = take_inventory(*log_.base, report);
    records_ = read_reference_records(tables, inventory, report);
    std::vector<std::string> shown;
    for (const model::Record& record : records_) {
      shown.push_back(std::string(record.state->item_name()).append("=").append(record.state->data()));
    }
    return shown;
  }

  std::shared_ptr<support::FakeTableDisk> disk_ = std::make_shared<support::FakeTableDisk>();
  SimulatedLog log_;
  std::vector<model::Record> records_;
  std::vector<std::string> messages_;
};

const std::string kNoon = "2025-01-01T12:00:00+00:00";
const std::string kLater = "2025-01-01T13:00:00+00:00";
const std::string kNoonField = R"("timestamp":")" + kNoon + "\"}";
const std::string kLaterField = R"("timestamp":")" + kLater + "\"}";

TEST_F(ReferenceRecords, AreItsHistoryAndThenItsLogInOurForm) {
  add_row("a", std::int64_t{1}, R"({"x": [1, 2]})", kNoon);
  EXPECT_EQ(read(line("b", "2", R"({"y": "\u00e4"})", kLater)),
            (std::vector<std::string>{R"(a={"x":[1,2],)" + kNoonField, "b={\"y\":\"\xC3\xA4\"," + kLaterField}));
  EXPECT_LE(records_[0].state->updated_at_us, records_[1].state->updated_at_us);
}

TEST_F(ReferenceRecords, CountLinesOnceThatHistoryHasAlready) {
  add_row("a", std::int64_t{1}, "{}", kNoon);
  add_row("b", std::int64_t{1}, "{}", kLater);
  const std::string log = line("b", "true", "{}", kLater) + line("c", "3", "{}", kLater) + line("b", "1", "{}", kLater);
  const auto shown = read(log);
  EXPECT_EQ(shown.size(), 4U);
  EXPECT_EQ(shown[2].substr(0, 2), "c=");
}

TEST_F(ReferenceRecords, LoseNothingForALineThatCannotBeRead) {
  const std::string log = line("a", "1", "{}", kNoon) + "{\"key\": torn\n" + line("b", "2", "{}", kNoon) + "\n{\"key\"";
  EXPECT_EQ(read(log).size(), 2U);
  EXPECT_EQ(messages_.size(), 1U);
}

TEST_F(ReferenceRecords, KeepAsTextWhatOurRulesRefuse) {
  const auto shown =
      read(line("nan", "NaN", R"({"x": NaN})", kNoon) + line("poison", "1", R"({"status_int": "high"})", kNoon) +
           line("surrogate", "1", R"({"x": "\ud800"})", kNoon));
  ASSERT_EQ(shown.size(), 3U);
  EXPECT_EQ(shown[0], R"(nan={"unreadable_data":"{\"x\": NaN}",)" + kNoonField);
  EXPECT_TRUE(std::isnan(std::get<double>(records_[0].state->value())));
  EXPECT_EQ(shown[1], R"(poison={"unreadable_data":"{\"status_int\": \"high\"}",)" + kNoonField);
  EXPECT_EQ(shown[2], R"(surrogate={"unreadable_data":"{\"x\": \"\\ud800\"}",)" + kNoonField);
}

TEST_F(ReferenceRecords, GoOnWithoutARecordWhoseNameNoStoreOfOursCanHold) {
  EXPECT_EQ(read(line("a", "1", "{}", kNoon) + line(std::string(5000, 'x'), "1", "{}", kNoon) +
                 line("n\\u0000l", "1", "{}", kNoon) + line("b", "1", "{}", kNoon))
                .size(),
            2U);
  EXPECT_EQ(messages_.size(), 2U);
}

}  // namespace
}  // namespace cfp::recovery
