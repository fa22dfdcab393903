// A log that an open refuses becomes one that opens, with everything in it that can be read.

#include "recovery/log_repair.h"

#include <gtest/gtest.h>

#include "support/repaired_log.h"

namespace cfp::recovery {
namespace {

using support::expect_repaired;
using support::joined;
using support::lines_of;
using support::LogBatch;
using support::made_record;
using support::repair;
using support::SimulatedLog;
using support::values_without;

using Missing = std::vector<MissingSequences>;
constexpr const char* kFirstSegment = "wal_000001.jsonl";

/// Records 1 to `count`, each synced by itself, in segments of the given size; returns the names.
std::vector<std::string> write_log(SimulatedLog& log, std::int64_t count, std::uint64_t segment_bytes) {
  log.start(segment_bytes);
  for (std::int64_t i = 1; i <= count; ++i) log.write_value(i);
  log.writer->close();
  return log.names();
}

void damage_line(SimulatedLog& log, const std::string& name, std::size_t line) {
  auto lines = lines_of(log.content(name));
  lines.at(line)[20] = '#';
  log.put(name, joined(lines));
}

TEST(LogRepair, KeepsWhatStandsBeforeAndBehindADamagedLine) {
  for (std::size_t line = 1; line <= 8; ++line) {
    SimulatedLog log;
    write_log(log, 10, 1 << 20);
    damage_line(log, kFirstSegment, line);
    const auto n = static_cast<std::int64_t>(line);
    const auto done = expect_repaired(log, values_without(10, n, n));
    EXPECT_EQ(done.missing, (Missing{{line, line, 1}}));
    EXPECT_EQ(done.steps.size(), line == 1 ? 2U : 3U);
    EXPECT_EQ(done.steps.back().action, RepairAction::set_aside);
    EXPECT_EQ(done.steps.back().file, "2025-01-15/wal_000001.jsonl");
    EXPECT_EQ(done.steps.back().bytes, lines_of(log.content("wal_000001.jsonl.corrupt"))[line].size());
  }
}

TEST(LogRepair, LeavesARecordToTheOpenThatNobodyKnowsToBeAcknowledged) {
  SimulatedLog log;
  write_log(log, 10, 1 << 20);
  damage_line(log, kFirstSegment, 10);
  EXPECT_TRUE(repair(log).steps.empty());
  EXPECT_EQ(support::recover(log).records, values_without(9, 0, 0));
}

TEST(LogRepair, MendsTwoHolesInOneSegment) {
  SimulatedLog log;
  write_log(log, 12, 1 << 20);
  damage_line(log, kFirstSegment, 3);
  damage_line(log, kFirstSegment, 7);
  damage_line(log, kFirstSegment, 8);
  auto expected = values_without(12, 7, 8);
  expected.erase(expected.begin() + 2);
  EXPECT_EQ(expect_repaired(log, expected).missing, (Missing{{3, 3, 1}, {7, 8, 2}}));
}

TEST(LogRepair, KeepsEveryRecordOfASegmentThatLostItsHeader) {
  SimulatedLog whole;
  const auto names = write_log(whole, 20, 1000);
  ASSERT_GE(names.size(), 4U);
  for (const std::string& which : names) {
    SimulatedLog log;
    for (const std::string& name : names) log.put(name, whole.content(name));
    damage_line(log, which, 0);
    EXPECT_TRUE(expect_repaired(log, values_without(20, 0, 0)).missing.empty()) << which;
  }
}

TEST(LogRepair, DeclaresTheGapOfAMissingSegment) {
  SimulatedLog whole;
  const auto names = write_log(whole, 20, 1000);
  for (std::size_t missing = 0; missing + 1 < names.size(); ++missing) {
    SimulatedLog log;
    for (const std::string& name : names) {
      if (name != names[missing]) log.put(name, whole.content(name));
    }
    wal::SegmentReader lost(whole.content(names[missing])), next(whole.content(names[missing + 1]));
    lost.next();
    next.next();
    const std::uint64_t from = lost.line().header->first, through = next.line().header->after;
    const auto done =
        expect_repaired(log, values_without(20, static_cast<std::int64_t>(from), static_cast<std::int64_t>(through)));
    EXPECT_EQ(done.missing, (Missing{{from, through, through - from + 1}}));
  }
}

TEST(LogRepair, MendsAHoleThatReachesOverTheEndOfASegment) {
  SimulatedLog log;
  const auto names = write_log(log, 20, 1000);
  auto lines = lines_of(log.content(names[1]));
  const std::size_t in_second = lines.size() - 1;
  const auto first = wal::parse_line(lines[1].substr(0, lines[1].size() - 1))->record.sequence();
  const std::uint64_t last = first + in_second - 1;
  log.put(names[1], joined(lines).substr(0, joined(lines).size() - lines.back().size() - 5));  // two lines are cut
  damage_line(log, names[2], 1);
  auto expected = values_without(20, static_cast<std::int64_t>(last) - 1, static_cast<std::int64_t>(last) + 1);
  EXPECT_EQ(expect_repaired(log, expected).missing, (Missing{{last - 1, last + 1, 3}}));
}

TEST(LogRepair, DropsABatchWholeThatLostAPart) {
  for (std::size_t line = 4; line <= 6; ++line) {
    SimulatedLog log;
    log.start();
    for (std::int64_t i = 1; i <= 3; ++i) log.write_value(i);
    LogBatch batch{{}, true};
    for (std::int64_t i = 4; i <= 6; ++i) batch.records.push_back(made_record("k", "c", "i", i));
    log.write({std::move(batch)});
    for (std::int64_t i = 7; i <= 9; ++i) log.write_value(i);
    log.writer->close();
    damage_line(log, kFirstSegment, line);
    EXPECT_EQ(expect_repaired(log, values_without(9, 4, 6)).missing, (Missing{{4, 6, 3}})) << line;
  }
}

TEST(LogRepair, CountsNothingMissingThatTheTableHas) {
  SimulatedLog log;
  write_log(log, 12, 1 << 20);
  damage_line(log, kFirstSegment, 2);
  damage_line(log, kFirstSegment, 5);
  damage_line(log, kFirstSegment, 6);
  auto expected = values_without(12, 1, 6);
  EXPECT_EQ(expect_repaired(log, expected, 5).missing, (Missing{{6, 6, 1}}));
  // Without the table its records are missed again: the segment behind the first hole declares nothing.
  EXPECT_TRUE(support::is_refused(log, 0));
}

TEST(LogRepair, NeverTakesTheNameOfWhatIsThere) {
  SimulatedLog log;
  write_log(log, 10, 1 << 20);
  damage_line(log, kFirstSegment, 4);
  log.put("wal_000001.jsonl.corrupt", "set aside long ago");
  log.put("wal_000009.jsonl.torn", "x");
  const std::string damaged = log.content(kFirstSegment);
  repair(log);
  EXPECT_EQ(log.content("wal_000001.jsonl.corrupt"), "set aside long ago");
  EXPECT_EQ(log.content("wal_000001.jsonl.2.corrupt"), damaged);
  EXPECT_TRUE(log.date->contains("wal_000010.jsonl"));
  EXPECT_EQ(support::recover(log).records, values_without(10, 4, 4));
}

TEST(LogRepair, DoesNotWriteACopyOfASegmentASecondTime) {
  SimulatedLog log;
  write_log(log, 10, 1 << 20);
  damage_line(log, kFirstSegment, 4);
  log.put("wal_000005.jsonl", log.content(kFirstSegment));
  EXPECT_TRUE(support::is_refused(log));
  repair(log);
  const auto found = support::recover(log);
  EXPECT_EQ(found.records, values_without(10, 4, 4));
  support::expect_goes_on(log, found);
}

TEST(LogRepair, MakesALogThatOpensOfAnyDamage) {
  SimulatedLog whole;
  const auto names = write_log(whole, 14, 1000);
  for (const std::string& which : names) {
    const std::string bytes = whole.content(which);
    for (std::size_t at = 0; at < bytes.size(); at += 13) {
      for (const std::size_t size : {std::size_t{1}, std::size_t{300}, bytes.size()}) {
        SimulatedLog log;
        for (const std::string& name : names) log.put(name, whole.content(name));
        std::string damaged = bytes;
        damaged.replace(at, std::min(size, bytes.size() - at), std::min(size, bytes.size() - at), '#');
        log.put(which, damaged);
        const auto done = repair(log);
        const auto found = support::recover(log);
        std::uint64_t missing = 0;
        for (const auto& range : done.missing) missing += range.last - range.first + 1;
        const bool torn = which == names.back() && found.records.size() + missing < 14;  // never acknowledged
        EXPECT_TRUE(torn || found.records.size() + missing == 14) << which << " at " << at << ", " << size;
        EXPECT_LE(missing + 1, size / 100 + 3) << which << " at " << at << ", " << size;
        if (at % 5 == 0) support::expect_goes_on(log, found);
        ASSERT_FALSE(HasFailure());
      }
    }
  }
}

}  // namespace
}  // namespace cfp::recovery
