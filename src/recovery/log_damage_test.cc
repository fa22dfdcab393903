// Damage of every kind at every place: what is found is always a prefix, never a wrong record, and nothing acknowledged
// is lost in silence.

#include <gtest/gtest.h>

#include "recovery/log_replay.h"
#include "support/recovered_log.h"

namespace cfp::recovery {
namespace {

using support::expect_goes_on;
using support::expect_prefix_or_refusal;
using support::is_refused;
using support::joined;
using support::lines_of;
using support::LogBatch;
using support::made_record;
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

LogBatch batch(std::int64_t from, std::int64_t through, bool atomic) {
  LogBatch made{{}, atomic};
  for (; from <= through; ++from) made.records.push_back(made_record("k", "c", "i", from));
  return made;
}

/// One segment: three records by themselves, a group of three, an atomic batch of two. Without zero bytes.
std::string small_segment() {
  SimulatedLog log;
  log.start(8192);
  for (std::int64_t i = 1; i <= 3; ++i) log.write_value(i);
  log.write({batch(4, 6, false)});
  log.write({batch(7, 8, true)});
  log.writer->close();
  return log.content(kFirst);
}

/// The rule for damage, on a log of one segment; every few cases to the end.
void judge(const std::string& bytes, const Values& original, bool to_the_end) {
  SimulatedLog log;
  log.put(kFirst, bytes);
  if (expect_prefix_or_refusal(log, original)) {
    EXPECT_EQ(log.names(), std::vector<std::string>{kFirst});
    EXPECT_EQ(log.content(kFirst), bytes) << "a refusal changes nothing";
  } else if (to_the_end) {
    expect_goes_on(log, recover(log));
  }
}

TEST(LogDamage, ACutAtAnyByteLeavesTheExactPrefix) {
  SimulatedLog whole;
  whole.start(16384);
  for (std::int64_t i = 1; i <= 30; ++i) whole.write_value(i);
  whole.writer->close();
  const std::string bytes = whole.content(kFirst);
  const std::size_t header = lines_of(bytes).front().size();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SimulatedLog log;
    log.put(kFirst, bytes.substr(0, size));
    const auto lines =
        static_cast<std::size_t>(std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
    const auto found = recover(log);
    ASSERT_EQ(found.records, first(size < header ? 0 : lines - 1)) << "cut at " << size;
    if (size % 16 == 0) expect_goes_on(log, found);
  }
}

TEST(LogDamage, AFlippedBitNeverShowsAWrongRecord) {
  const std::string bytes = small_segment();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    judge(damaged, first(8), bit % 64 == 5);
    ASSERT_FALSE(HasFailure()) << "bit " << bit;
  }
}

TEST(LogDamage, LinesThatAreSwappedDoubledOrRemovedNeverShowAWrongRecord) {
  const auto lines = lines_of(small_segment());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t j = 0; j < lines.size(); ++j) {
      auto swapped = lines, doubled = lines, removed = lines;
      std::swap(swapped[i], swapped[j]);
      doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(j), lines[i]);
      removed[i].clear();
      removed[j].clear();
      for (const auto& damaged : {swapped, doubled, removed}) judge(joined(damaged), first(8), true);
      ASSERT_FALSE(HasFailure()) << i << " and " << j;
    }
  }
}

TEST(LogDamage, ABlockOfZerosNeverShowsAWrongRecord) {
  const std::string bytes = small_segment();
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    for (const std::size_t size : {1U, 100U, 512U}) {
      std::string damaged = bytes;
      damaged.replace(at, std::min(size, bytes.size() - at), std::min(size, bytes.size() - at), '\0');
      judge(damaged, first(8), at % 5 == 0);
      ASSERT_FALSE(HasFailure()) << size << " bytes at " << at;
    }
  }
}

TEST(LogDamage, AnAcknowledgedRecordThatCannotBeReadStopsTheOpenAndChangesNothing) {
  SimulatedLog log;
  log.start(1000);
  for (std::int64_t i = 1; i <= 12; ++i) log.write_value(i);
  log.writer->close();
  auto lines = lines_of(log.content(kFirst));
  lines[2][20] = '#';
  log.put(kFirst, joined(lines));
  const auto names = log.names();
  const std::uint64_t calls = log.disk.calls();
  try {
    recover(log);
    ADD_FAILURE() << "opened";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt);
    const std::string text = error.what();
    EXPECT_NE(text.find("2025-01-15/wal_000001.jsonl at byte " + std::to_string(lines[0].size() + lines[1].size())),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("records 2 to 2 "), std::string::npos) << text;
  }
  EXPECT_EQ(log.disk.calls(), calls);
  EXPECT_EQ(log.names(), names);
}

/// Four segments of a few records each, closed; returns their names.
std::vector<std::string> write_segments(SimulatedLog& log, std::int64_t records) {
  log.start(1000);
  for (std::int64_t i = 1; i <= records; ++i) log.write_value(i);
  log.writer->close();
  return log.names();
}

TEST(LogDamage, AMissingSegmentStopsTheOpenUnlessTheTableHasItsRecords) {
  SimulatedLog whole;
  const auto names = write_segments(whole, 20);
  ASSERT_GE(names.size(), 4U);
  for (std::size_t missing = 0; missing + 1 < names.size(); ++missing) {
    SimulatedLog log;
    for (const std::string& name : names) {
      if (name != names[missing]) log.put(name, whole.content(name));
    }
    EXPECT_TRUE(is_refused(log));
    wal::SegmentReader next(whole.content(names[missing + 1]));
    next.next();
    const std::uint64_t last_missing = next.line().header->after;
    EXPECT_TRUE(is_refused(log, last_missing - 1));
    const auto found = recover(log, last_missing);
    EXPECT_EQ(found.records.size(), 20 - last_missing);
    expect_goes_on(log, found, last_missing);
  }
}

TEST(LogDamage, BelowTheWatermarkStopsNothing) {
  SimulatedLog whole;
  const auto names = write_segments(whole, 14);
  ASSERT_GE(names.size(), 3U);
  const Values all = first(14);
  for (std::size_t which = 0; which < names.size(); ++which) {
    const std::string bytes = whole.content(names[which]);
    const auto lines = lines_of(bytes);
    std::size_t offset = 0;
    for (std::size_t i = 0; i < lines.size(); offset += lines[i++].size()) {
      const auto line = wal::parse_line(std::string_view(lines[i]).substr(0, lines[i].size() - 1));
      if (line->header) continue;
      const std::uint64_t sequence = line->record.sequence();
      for (std::uint64_t watermark = sequence; watermark <= 14; ++watermark) {
        SimulatedLog log;
        for (const std::string& name : names) log.put(name, whole.content(name));
        std::string damaged = bytes;
        damaged.replace(offset, lines[i].size() - 1, lines[i].size() - 1,
                        'x');  // but its newline, which is the next one's too
        log.put(names[which], damaged);
        const auto found = recover(log, watermark);
        EXPECT_EQ(found.records, Values(all.begin() + static_cast<std::ptrdiff_t>(watermark), all.end()))
            << sequence << " below " << watermark;
        expect_goes_on(log, found, watermark);
      }
    }
  }
}

TEST(LogDamage, BytesBehindTheEndOfAnEarlierSegmentStopNothing) {
  SimulatedLog whole;
  const auto names = write_segments(whole, 20);
  for (const std::string& which : names) {
    for (const std::string& strange :
         {std::string("#"), std::string("# a note\n"), lines_of(whole.content(names[2]))[1]}) {
      SimulatedLog log;
      for (const std::string& name : names) log.put(name, whole.content(name));
      log.put(which, whole.content(which) + strange);
      const auto found = recover(log);
      EXPECT_EQ(found.records, first(20)) << which;
      EXPECT_TRUE(found.reported(which) || (strange.size() > 50 && which >= names[2])) << which;
      expect_goes_on(log, found);
    }
  }
}

TEST(LogDamage, ALostHeaderStopsTheOpenOnlyWhileItsRecordsAreNeeded) {
  SimulatedLog whole;
  const auto names = write_segments(whole, 20);
  for (const std::string& which : names) {
    SimulatedLog log;
    for (const std::string& name : names) log.put(name, whole.content(name));
    std::string damaged = whole.content(which);
    damaged[5] = '#';
    log.put(which, damaged);
    EXPECT_TRUE(is_refused(log)) << which;
    const auto found = recover(log, 20);
    EXPECT_TRUE(found.records.empty());
    expect_goes_on(log, found, 20);
  }
}

TEST(LogDamage, WhatALaterSegmentWithoutAHeaderKnowsCountsAsWell) {
  SimulatedLog log;
  const auto names = write_segments(log, 8);
  ASSERT_EQ(names.size(), 2U);
  auto lines = lines_of(log.content(names[0]));
  lines.pop_back();  // the last record of the first segment: only the second one knows that it was acknowledged
  log.put(names[0], joined(lines));
  std::string headless = log.content(names[1]);
  headless[5] = '#';
  log.put(names[1], headless);
  EXPECT_TRUE(is_refused(log));
  EXPECT_EQ(log.names(), names);
}

TEST(LogDamage, AnotherLineWithTheNumberOfTheLastOneIsNoRepetition) {
  SimulatedLog one, other;
  one.start();
  other.start();
  one.write_value(1);
  one.write_value(2);
  other.write_value(1);
  other.write_value(99);
  other.write_value(100);
  auto lines = lines_of(one.content(kFirst));
  const auto strange = lines_of(other.content(kFirst));
  lines.push_back(strange[2]);
  lines.push_back(strange[3]);
  SimulatedLog log;
  log.put(kFirst, joined(lines));
  const auto found = recover(log);
  EXPECT_EQ(found.records, first(2));
  expect_goes_on(log, found);
}

}  // namespace
}  // namespace cfp::recovery
