#include "wal/segment_writer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/simulated_log.h"
#include "support/watched_directory.h"
#include "wal/segment_reader.h"

namespace cfp::wal {
namespace {

using support::LogBatch;
using support::made_record;
using support::SimulatedLog;
using Step = SegmentReader::Step;

std::vector<Line> lines_of(const std::string& bytes) {
  std::vector<Line> lines;
  SegmentReader reader(bytes);
  for (Step step = reader.next(); step != Step::end; step = reader.next()) {
    EXPECT_EQ(step, Step::line) << "at " << reader.begin_offset();
    if (step == Step::line) lines.push_back(std::move(reader.line()));
  }
  return lines;
}

TEST(SegmentWriter, DeclaresInTheHeaderWhereTheSegmentStands) {
  SimulatedLog log;
  log.start(1 << 16,
            {.last_sequence = 41, .next_sequence = 45, .last_crc = 0xABCD, .last_updated_at_us = 0, .next_segment = 9});
  EXPECT_EQ(log.write_value(1), 45U);
  const auto lines = lines_of(log.content("wal_000009.jsonl"));
  ASSERT_EQ(lines.size(), 2U);
  ASSERT_TRUE(lines[0].header);
  EXPECT_EQ(lines[0].header->format, 1);
  EXPECT_EQ(lines[0].header->store_id, SimulatedLog::kStoreId);
  EXPECT_EQ(lines[0].header->segment, 9U);
  EXPECT_EQ(lines[0].header->after, 41U);
  EXPECT_EQ(lines[0].header->first, 45U);
  EXPECT_EQ(lines[0].chain.previous_crc, 0xABCDU);
  EXPECT_EQ(lines[0].chain.synced, 41U);
  EXPECT_EQ(lines[1].record.sequence(), 45U);
}

/// One way for a whole segment, but that a sync which comes later ends writing past the cache; zeros for who fills
/// segments in that way.
TEST(SegmentWriter, WritesPastTheCacheWhatIsSyncedAtOnce) {
  SimulatedLog log;
  std::string ways;
  log.date = std::make_unique<support::WatchedDirectory>(
      std::move(log.date),
      support::WatchedDirectory::Calls{[] {}, [] {},
                                       [&](std::string_view way) {
                                         ways += way == "write" ? 'w' : way == "write_through" ? 't' : '0';
                                       }});
  log.start(1000);
  const auto ways_of = [&](const char* group) {  // s: synced, u: not; each fills a segment by itself
    ways.clear();
    for (const char* at = group; *at != '\0'; ++at) {
      log.write({LogBatch{{made_record("key", "collection", "item", std::string(1200, 'x'))}}}, *at == 's');
      log.background.run_all();
    }
    return ways;
  };
  EXPECT_EQ(ways_of("ss"), "tt0") << "the first two segments are made before it is known that many come";
  EXPECT_EQ(ways_of("s"), "t0");
  EXPECT_EQ(ways_of("u"), "w0") << "prepared for who wrote past the cache";
  EXPECT_EQ(ways_of("us"), "wt");
  EXPECT_EQ(ways_of("s"), "t0");
  log.start(1 << 16);  // several groups to a segment
  ways.clear();
  for (const bool syncs : {true, false, true, true}) {
    log.write({LogBatch{{made_record("key", "collection", "item", std::int64_t{1})}}}, syncs);
  }
  EXPECT_EQ(ways, "twww");
}

TEST(SegmentWriter, ChainsEveryLineToTheOneBeforeThroughAllSegments) {
  SimulatedLog log;
  log.start(1000);
  for (int i = 1; i <= 30; ++i) log.write_value(i);
  std::uint32_t crc = 0;
  std::uint64_t last = 0, segments = 0;
  for (const std::string& name : log.names()) {
    if (!name.ends_with(".jsonl")) continue;
    ++segments;
    for (const Line& line : lines_of(log.content(name))) {
      EXPECT_EQ(line.chain.previous_crc, crc);
      crc = line.crc;
      EXPECT_EQ(line.chain.synced, last);  // groups of one: all before is durable
      if (line.header) {
        EXPECT_EQ(line.header->after, last);
        EXPECT_EQ(line.header->first, last + 1);
      } else {
        EXPECT_EQ(line.record.sequence(), ++last);
      }
    }
  }
  EXPECT_EQ(last, 30U);
  EXPECT_GT(segments, 5U);
  EXPECT_EQ(log.writer->numbers().segments_made, segments);
  EXPECT_EQ(log.writer->numbers().last_sequence, 30U);
}

TEST(SegmentWriter, WritesWithoutASyncWhatTheNextSyncReaches) {
  for (const bool syncs_at_last : {false, true}) {
    SimulatedLog log;
    log.start();
    log.write_value(1);
    for (std::int64_t value : {2, 3}) log.write({LogBatch{{made_record("k", "c", "i", value)}}}, false);
    EXPECT_EQ(log.writer->numbers().last_sequence, 3U);
    EXPECT_EQ(log.writer->numbers().synced_sequence, 1U);
    if (syncs_at_last) log.writer->write({});
    EXPECT_EQ(log.writer->numbers().synced_sequence, syncs_at_last ? 3U : 1U);
    const auto lines = lines_of(log.content("wal_000001.jsonl"));
    ASSERT_EQ(lines.size(), 4U) << "a process that ends now leaves all of it";
    for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(lines[i].chain.synced, i == 1 ? 0U : 1U);
    log.crash(support::CrashMode::drop_unsynced);
    EXPECT_EQ(lines_of(log.content("wal_000001.jsonl")).size(), syncs_at_last ? 4U : 2U);
  }
}

TEST(SegmentWriter, SyncsASegmentBeforeTheNextOneBegins) {
  SimulatedLog log;
  log.start(1000);
  for (std::int64_t i = 1; i <= 30; ++i) log.write({LogBatch{{made_record("k", "c", "i", i)}}}, false);
  const std::uint64_t synced = log.writer->numbers().synced_sequence;
  EXPECT_GT(synced, 20U);
  log.crash(support::CrashMode::drop_unsynced);
  std::uint64_t last = 0;
  for (const std::string& name : log.names()) {
    if (!name.ends_with(".jsonl")) continue;
    for (const Line& line : lines_of(log.content(name))) {
      if (line.header) continue;
      EXPECT_EQ(line.record.sequence(), ++last);
    }
  }
  EXPECT_EQ(last, synced);
}

TEST(SegmentWriter, SaysOfAGroupThatOnlyWhatWasBeforeItIsDurable) {
  SimulatedLog log;
  log.start();
  log.write_value(1);
  log.write({{{made_record("a", "c", "i"), made_record("b", "c", "i")}}, {{made_record("c", "c", "i")}}});
  log.write_value(2);
  const auto lines = lines_of(log.content("wal_000001.jsonl"));
  ASSERT_EQ(lines.size(), 6U);
  const std::uint64_t synced[] = {0, 0, 1, 1, 1, 4};
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].chain.synced, synced[i]) << i;
}

TEST(SegmentWriter, MarksAnAtomicBatchInEveryLineAndCountsItInTheLast) {
  SimulatedLog log;
  log.start();
  log.write_value(1);
  log.write({{{made_record("a", "c", "i"), made_record("b", "c", "i"), made_record("c", "c", "i")}, true},
             {{made_record("d", "c", "i")}}});
  const auto lines = lines_of(log.content("wal_000001.jsonl"));
  ASSERT_EQ(lines.size(), 6U);
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_EQ(lines[i].record.batch.first, 2U);
    EXPECT_EQ(lines[i].record.batch.count, i == 4 ? 3U : 0U);
  }
  EXPECT_EQ(lines[5].record.batch.first, 0U);
}

TEST(SegmentWriter, RotatesBySizeAndLetsTheLastGroupExceedIt) {
  SimulatedLog log;
  log.start(4096);
  log.write_value(1);
  std::vector<model::Record> large;
  for (int i = 0; i < 50; ++i) large.push_back(made_record("key", "collection", "item", std::string(200, 'x')));
  log.write({LogBatch{std::move(large)}});
  EXPECT_EQ(lines_of(log.content("wal_000001.jsonl")).size(), 52U);  // a group stays in one segment
  EXPECT_GT(log.writer->numbers().segment_bytes, 10'000U);
  log.write_value(2);
  EXPECT_EQ(log.writer->numbers().segment, 2U);
  EXPECT_EQ(log.writer->numbers().segment_records, 1U);
  EXPECT_EQ(lines_of(log.content("wal_000002.jsonl")).size(), 2U);
}

TEST(SegmentWriter, PreallocatesAndCutsTheZeroBytesOffWhenItSeals) {
  SimulatedLog log;
  log.start(4096);
  log.write_value(1);
  const std::string before = log.content("wal_000001.jsonl");
  EXPECT_EQ(before.size(), 4096U);
  log.writer->close();
  const std::string after = log.content("wal_000001.jsonl");
  EXPECT_EQ(after.size(), log.writer->numbers().segment_bytes);
  EXPECT_EQ(after.back(), '\n');
  EXPECT_EQ(before.substr(0, after.size()), after);
}

TEST(SegmentWriter, NeverGoesBackInTime) {
  SimulatedLog log;
  const auto noon = log.clock.now();
  log.start(1 << 16, {.last_updated_at_us = noon.time_since_epoch().count() + 5});
  log.write_value(1);
  log.clock.advance(std::chrono::seconds(10));
  log.write_value(2);
  log.clock.set_now(noon);
  log.write_value(3);
  const auto lines = lines_of(log.content("wal_000001.jsonl"));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1].record.state->updated_at_us, noon.time_since_epoch().count() + 5);
  EXPECT_EQ(lines[2].record.state->updated_at_us, noon.time_since_epoch().count() + 10'000'000);
  EXPECT_EQ(lines[3].record.state->updated_at_us, lines[2].record.state->updated_at_us);
}

TEST(SegmentWriter, SyncsTheNameOfANewSegmentBeforeItAcknowledgesARecordInIt) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SimulatedLog log(seed);
    log.start(1000);
    for (int i = 1; i <= 12; ++i) log.write_value(i);
    log.crash(support::CrashMode::drop_unsynced);
    std::uint64_t records = 0;
    for (const std::string& name : log.names()) {
      if (!name.ends_with(".jsonl")) continue;
      for (const Line& line : lines_of(log.content(name))) records += line.header ? 0U : 1U;
    }
    EXPECT_EQ(records, 12U) << "seed " << seed;
  }
}

TEST(SegmentWriter, CallsTheDiskOnceToWriteAndOnceToSyncForAGroup) {
  SimulatedLog log;
  log.start();
  log.write_value(1);
  log.disk.record_trace();
  log.write({{{made_record("a", "c", "i")}}, {{made_record("b", "c", "i")}}});
  EXPECT_EQ(log.disk.trace().size(), 2U);
}

}  // namespace
}  // namespace cfp::wal
