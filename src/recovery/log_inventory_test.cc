#include "recovery/log_inventory.h"

#include <gtest/gtest.h>

#include "recovery/log_replay.h"
#include "support/recovered_log.h"

namespace cfp::recovery {
namespace {

using support::expect_goes_on;
using support::NumberedValue;
using support::recover;
using support::SimulatedLog;

using Values = std::vector<NumberedValue>;
constexpr const char* kFirst = "wal_000001.jsonl";

Values first(std::size_t count) {
  Values values;
  for (std::size_t i = 1; i <= count; ++i) values.emplace_back(i, i);
  return values;
}

void write(SimulatedLog& log, std::int64_t from, std::int64_t through) {
  for (std::int64_t i = from; i <= through; ++i) log.write_value(i);
}

TEST(LogInventory, LooksAtEveryDateDirectoryAndOrdersSegmentsByTheirRecords) {
  SimulatedLog log;
  log.start(800);
  write(log, 1, 6);
  const auto position = recover(log).result.position;
  log.writer->close();
  // The clock or the caller's date may go back: the order of the records counts, not that of the names.
  const auto earlier = log.base->open_directory("2024-12-31", true);
  wal::SegmentWriter writer(*earlier, log.background, log.clock, log.store_id, 800, [&] {
    auto start = position;
    start.next_segment = 1;
    return start;
  }());
  model::Record record = support::made_record("k", "c", "i", std::int64_t{7});
  const std::vector<std::string> starts = {wal::encode_line_start(record)};
  const wal::LineBatch batch{{&record, 1}, starts, false};
  writer.write({&batch, 1});
  writer.close();
  const auto found = recover(log);
  EXPECT_EQ(found.records, first(7));
  expect_goes_on(log, found);
}

TEST(LogInventory, LeavesAloneAndReportsWhatIsNoneOfItsFiles) {
  SimulatedLog log;
  log.start();
  write(log, 1, 3);
  log.writer->close();
  const std::map<std::string, std::string> strays = {{"wal_000004.jsonl", ""},
                                                     {"wal_000005.jsonl", std::string(4096, '\0')},
                                                     {"wal_000006.jsonl", "hello"},
                                                     {"wal_000007.jsonl",
                                                      "\x7f"
                                                      "ELF\n\n\n"},
                                                     {"notes.txt", "mine"},
                                                     {"wal_1.jsonl", "x"},
                                                     {"wal_000008.json", "x"}};
  for (const auto& [name, bytes] : strays) log.put(name, bytes);
  log.date->open_directory("wal_000009.jsonl", true);
  log.base->open_directory("not a date", true);
  log.base->open_directory("2025-02-30", true);
  const auto found = recover(log);
  EXPECT_EQ(found.records, first(3));
  for (const auto& [name, bytes] : strays) EXPECT_EQ(log.content(name), bytes) << name;
  for (int number = 4; number <= 7; ++number) {
    EXPECT_TRUE(found.reported("wal_00000" + std::to_string(number) + ".jsonl")) << number;
  }
  EXPECT_EQ(found.result.position.next_segment, 10U);
  expect_goes_on(log, found);
}

TEST(LogInventory, LeavesASegmentOfAnotherStoreAlone) {
  SimulatedLog foreign;
  foreign.store_id = "another";
  foreign.start(1 << 20, {.last_sequence = 100, .next_sequence = 101});
  write(foreign, 1, 5);
  foreign.writer->close();

  SimulatedLog log;
  log.start();
  write(log, 1, 3);
  log.writer->close();
  log.put("wal_000002.jsonl", foreign.content(kFirst));
  const auto found = recover(log);
  EXPECT_EQ(found.records, first(3));
  EXPECT_EQ(found.result.position.next_sequence, 4U);
  EXPECT_TRUE(found.reported("wal_000002.jsonl belongs to another store"));
  EXPECT_EQ(log.content("wal_000002.jsonl"), foreign.content(kFirst));
  expect_goes_on(log, found);
}

TEST(LogInventory, ReadsACopyOfASegmentAsARepetition) {
  SimulatedLog whole;
  whole.start(1000);
  write(whole, 1, 10);
  whole.writer->close();
  const auto names = whole.names();
  ASSERT_GE(names.size(), 3U);
  for (const std::string& copied : names) {
    const std::string bytes = whole.content(copied);
    for (const std::size_t size : {bytes.size(), bytes.size() / 2, bytes.size() - 1, bytes.find('\n') + 1}) {
      SimulatedLog log;
      for (const std::string& name : names) log.put(name, whole.content(name));
      log.put("wal_000090.jsonl", bytes.substr(0, size));
      const auto found = recover(log);
      EXPECT_EQ(found.records, first(10)) << copied << " cut at " << size;
      expect_goes_on(log, found);
    }
  }
}

TEST(LogInventory, RefusesALogOfANewerFormat) {
  SimulatedLog log;
  std::string bytes;
  wal::append_header(bytes, {2, log.store_id, 1, 0, 1}, {});
  log.put(kFirst, bytes);
  try {
    recover(log);
    ADD_FAILURE() << "opened";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::newer_version);
  }
}

TEST(LogInventory, RemovesItsOwnLeftoversOnly) {
  SimulatedLog log;
  for (const char* name : {"wal_000002.jsonl.new", "wal_000001.jsonl.torn.tmp", "wal_000003.jsonl.covered", "x.new"}) {
    log.put(name, "x");
  }
  take_inventory(*log.base, [](LogLevel, const std::string&) {});
  EXPECT_EQ(log.names(), (std::vector<std::string>{"wal_000003.jsonl.covered", "x.new"}));
}

TEST(LogInventory, CountsWhatIsThere) {
  SimulatedLog log;
  log.start(1000);
  write(log, 1, 8);
  log.writer->close();
  log.put("wal_000070.jsonl.torn", "12345");
  log.put("wal_000071.jsonl", "");
  log.put(
      "wal_000072.jsonl",
      R"({"key": "k", "collection_name": "c", "item_name": "i", "data": {}, "value": 1, "username": null, "timestamp": null})");
  const LogInventory inventory = take_inventory(*log.base, [](LogLevel, const std::string&) {});
  EXPECT_EQ(inventory.segments.size(), 2U);
  EXPECT_EQ(inventory.reference.size(), 1U);
  EXPECT_EQ(inventory.headless.size(), 0U);
  EXPECT_EQ(inventory.files, 4U);
  EXPECT_EQ(inventory.set_aside_bytes, 5U);
  EXPECT_EQ(next_segment_number(*log.date), 73U);
  EXPECT_EQ(inventory.segments[0].path(), "2025-01-15/wal_000001.jsonl");
}

}  // namespace
}  // namespace cfp::recovery
