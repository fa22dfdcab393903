#include "recovery/log_replay.h"

#include <gtest/gtest.h>

#include "support/effort.h"
#include "support/recovered_log.h"

namespace cfp::recovery {
namespace {

using support::CrashMode;
using support::expect_goes_on;
using support::LogBatch;
using support::made_record;
using support::NumberedValue;
using support::recover;
using support::SimulatedLog;

using Values = std::vector<NumberedValue>;

model::Record valued(std::int64_t value) { return made_record("key", "collection", "item", value); }

Values first_values(std::size_t count) {
  Values values;
  for (std::size_t i = 1; i <= count; ++i) values.emplace_back(i, i);
  return values;
}

TEST(LogReplay, FindsNothingWhereNothingIs) {
  SimulatedLog log;
  const auto found = recover(log);
  EXPECT_TRUE(found.records.empty());
  EXPECT_EQ(found.result.position.last_sequence, 0U);
  EXPECT_EQ(found.result.position.next_sequence, 1U);
  expect_goes_on(log, found);
}

TEST(LogReplay, FindsEveryRecordOfACleanLogInOrder) {
  SimulatedLog log;
  log.start(1000);
  for (std::int64_t i = 1; i <= 20; ++i) log.write_value(i);
  log.writer->close();
  const auto found = recover(log);
  EXPECT_EQ(found.records, first_values(20));
  EXPECT_EQ(found.result.recovered_records, 20U);
  EXPECT_EQ(found.result.torn_bytes, 0U);
  EXPECT_EQ(found.result.position.last_sequence, 20U);
  EXPECT_EQ(found.result.position.last_updated_at_us, log.clock.now().time_since_epoch().count());
  EXPECT_TRUE(found.messages.empty());
  expect_goes_on(log, found);
}

TEST(LogReplay, FindsOnlyWhatTheTableLacks) {
  for (std::uint64_t watermark = 0; watermark <= 20; ++watermark) {
    SimulatedLog log;
    log.start(1000);
    for (std::int64_t i = 1; i <= 20; ++i) log.write_value(i);
    const auto found = recover(log, watermark);
    const Values all = first_values(20);
    EXPECT_EQ(found.records, Values(all.begin() + static_cast<std::ptrdiff_t>(watermark), all.end()));
    EXPECT_EQ(found.result.position.last_sequence, 20U);
    EXPECT_EQ(found.result.position.next_sequence, 21U);
    expect_goes_on(log, found, watermark);
  }
}

TEST(LogReplay, GoesOnAboveATableThatIsAheadOfTheLog) {
  SimulatedLog log;
  log.start();
  log.write_value(1);
  const auto found = recover(log, 10);
  EXPECT_TRUE(found.records.empty());
  EXPECT_EQ(found.result.position.last_sequence, 10U);
  EXPECT_EQ(found.result.position.next_sequence, 11U);
  expect_goes_on(log, found, 10);
}

TEST(LogReplay, HandsABatchOnAsOne) {
  SimulatedLog log;
  log.start();
  log.write({{{valued(1)}}, {{valued(2), valued(3), valued(4)}, true}, {{valued(5), valued(6)}}});
  const auto found = recover(log);
  EXPECT_EQ(found.records, first_values(6));
  EXPECT_EQ(found.deliveries, (std::vector<std::size_t>{1, 3, 1, 1}));
  expect_goes_on(log, found);
}

TEST(LogReplay, HandsOnOfABatchOnlyWhatTheTableLacks) {
  SimulatedLog log;
  log.start();
  log.write({{{valued(1), valued(2), valued(3), valued(4)}, true}});
  const auto found = recover(log, 2);
  EXPECT_EQ(found.records, (Values{{3, 3}, {4, 4}}));
  EXPECT_EQ(found.result.recovered_records, 2U);
  expect_goes_on(log, found, 2);
}

/// Two acknowledged records and a group that was torn at `size` bytes of it.
Values recover_torn(const LogBatch& last, std::size_t size, bool zeros_behind) {
  SimulatedLog log;
  log.start(8192);
  log.write_value(1);
  log.write_value(2);
  const std::uint64_t begin = log.writer->numbers().segment_bytes;
  log.write({last});
  const std::uint64_t end = log.writer->numbers().segment_bytes;
  if (begin + size >= end) return {};
  std::string bytes = log.content("wal_000001.jsonl").substr(0, begin + size);
  if (zeros_behind) bytes.resize(8192, '\0');
  log.put("wal_000001.jsonl", bytes);
  const auto found = recover(log);
  expect_goes_on(log, found);
  return found.records;
}

TEST(LogReplay, DropsATornBatchAsAWhole) {
  const LogBatch batch{{valued(3), valued(4), valued(5)}, true};
  std::size_t size = 0;
  for (Values found; !(found = recover_torn(batch, size, size % 2 == 0)).empty(); size += 3)
    EXPECT_EQ(found, first_values(2)) << size;
  EXPECT_GT(size, 400U);
}

TEST(LogReplay, KeepsTheWholeLinesOfATornGroup) {
  const LogBatch group{{valued(3), valued(4), valued(5)}};
  std::size_t size = 0, most = 0;
  for (Values found; !(found = recover_torn(group, size, size % 2 == 1)).empty(); size += 3) {
    EXPECT_GE(found.size(), 2U);
    EXPECT_EQ(found, first_values(found.size())) << size;
    most = std::max(most, found.size());
  }
  EXPECT_EQ(most, 4U);
}

TEST(LogReplay, FindsAfterAPowerLossAllThatWasAcknowledgedAndAPrefixOfTheRest) {
  const std::size_t states = support::at_effort({.ci = 300, .proof = 3'000, .soak = 100'000});
  for (std::uint64_t seed = 1; seed <= states; ++seed) {
    SimulatedLog log(seed);
    log.start(4096);
    const auto acknowledged = static_cast<std::int64_t>(seed % 7);
    for (std::int64_t i = 1; i <= acknowledged; ++i) log.write_value(i);
    LogBatch last;
    for (std::int64_t i = 1; i <= 12; ++i) last.records.push_back(valued(acknowledged + i));
    log.disk.crash_at(log.disk.calls() + 1 + seed % 3, CrashMode::random);
    try {
      log.write({last});
    } catch (const support::PowerCut&) {
    } catch (const CollectionFastPersistError&) {
    }
    log.disk.reboot();
    log.open_directories();
    const auto found = recover(log);
    EXPECT_GE(found.records.size(), static_cast<std::size_t>(acknowledged)) << "seed " << seed;
    EXPECT_EQ(found.records, first_values(found.records.size())) << "seed " << seed;
    expect_goes_on(log, found);
  }
  support::report_count("simulated states of the log", states);
}

/// A log whose last group has a hole, with good lines behind it.
void tear(SimulatedLog& log) {
  log.start();
  log.write_value(1);
  log.write({LogBatch{{valued(2), valued(3), valued(4), valued(5)}}});
  auto lines = support::lines_of(log.content("wal_000001.jsonl"));
  ASSERT_EQ(lines.size(), 6U);
  lines[3].assign(lines[3].size(), '\0');
  log.put("wal_000001.jsonl", support::joined(lines));
}

TEST(LogReplay, SetsATornTailAsideAndGoesOnAboveItsNumbers) {
  SimulatedLog log;
  tear(log);
  const std::string before = log.content("wal_000001.jsonl");
  const auto found = recover(log);
  EXPECT_EQ(found.records, first_values(2));
  EXPECT_EQ(found.result.position.last_sequence, 2U);
  EXPECT_EQ(found.result.position.next_sequence, 6U);
  EXPECT_TRUE(found.reported("torn tail"));
  const std::string kept = log.content("wal_000001.jsonl"), torn = log.content("wal_000001.jsonl.torn");
  EXPECT_EQ(kept + torn, before);
  EXPECT_EQ(found.result.torn_bytes, torn.size());
  expect_goes_on(log, found);
}

TEST(LogReplay, GoesOnAboveTheNumbersOfATailThatWasSetAsideLongAgo) {
  SimulatedLog log;
  tear(log);
  recover(log);
  log.date->remove("wal_000001.jsonl");
  const auto found = recover(log, 2);
  EXPECT_EQ(found.result.position.next_sequence, 6U);
  expect_goes_on(log, found, 2);
}

TEST(LogReplay, MayBeKilledAtAnyStepAndBegunAgain) {
  for (const CrashMode mode : {CrashMode::keep_all, CrashMode::drop_unsynced, CrashMode::random}) {
    bool was_cut = true;
    for (std::uint64_t call = 1; was_cut; ++call) {
      SimulatedLog log(call);
      tear(log);
      log.disk.crash_at(log.disk.calls() + call, mode);
      try {
        recover(log);
      } catch (const support::PowerCut&) {
      }
      was_cut = log.disk.is_off();
      log.disk.reboot();
      if (was_cut) log.open_directories();
      const auto found = recover(log);
      EXPECT_EQ(found.records, first_values(2));
      EXPECT_EQ(found.result.position.next_sequence, 6U);
      expect_goes_on(log, found);
    }
  }
}

TEST(LogReplay, GoesOnFromAFailedSyncWithTheGroupWholeOrAbsent) {
  const std::size_t states = support::at_effort({.ci = 60, .proof = 600, .soak = 20'000});
  for (std::uint64_t seed = 1; seed <= states; ++seed) {
    SimulatedLog log(seed);
    log.start();
    log.write_value(1);
    log.disk.fail_at(log.disk.calls() + 1, EIO, support::Repeat::once, {support::Call::sync});
    EXPECT_THROW(log.write({{{valued(2), valued(3)}, true}}), CollectionFastPersistError);
    log.open_directories();  // the process ends; what the kernel took for clean is still seen
    const auto found = recover(log);
    EXPECT_TRUE(found.records == first_values(1) || found.records == first_values(3)) << "seed " << seed;
    expect_goes_on(log, found);  // and is durable for certain once it was seen
  }
  support::report_count("simulated states of the log", states);
}

}  // namespace
}  // namespace cfp::recovery
