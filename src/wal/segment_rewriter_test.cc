#include "wal/segment_rewriter.h"

#include <gtest/gtest.h>

#include "support/simulated_log.h"
#include "wal/segment_reader.h"

namespace cfp::wal {
namespace {

using support::LogBatch;
using support::made_record;
using support::SimulatedLog;

std::string make_segment() {
  SimulatedLog log;
  log.start();
  log.write(made_record("k", "c", R"(odd ,"synced":7)", 1));
  log.write_value(2);
  LogBatch batch{{}, true};
  for (const std::int64_t value : {3, 4, 5}) batch.records.push_back(made_record("k", "c", "i", value));
  log.write({std::move(batch)});
  log.write_value(6);
  log.writer->close();
  return log.content("wal_000001.jsonl");
}

/// Everything of a line before its chain.
std::string own_text(const std::string& bytes, const LineRun::Span& span) {
  const std::string line = bytes.substr(span.begin, span.end - span.begin);
  return line.substr(0, line.rfind(",\"synced\":"));
}

std::vector<std::uint64_t> sequences(const LineRun& run) {
  std::vector<std::uint64_t> all;
  for (const auto& span : run.lines) all.push_back(span.sequence);
  return all;
}

using Sequences = std::vector<std::uint64_t>;

TEST(SegmentRewriter, FindsOneRunInAWholeSegment) {
  const std::string bytes = make_segment();
  const SegmentRemains remains = read_remains(bytes);
  ASSERT_EQ(remains.runs.size(), 1U);
  EXPECT_EQ(sequences(remains.runs[0]), (Sequences{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(remains.runs[0].is_behind_header);
  EXPECT_EQ(remains.highest_sequence, 6U);
  EXPECT_EQ(remains.highest_synced, 5U);
  EXPECT_EQ(remains.lost_bytes, 0U);
}

TEST(SegmentRewriter, PartsRunsAtDamageAndDropsACutBatchWhole) {
  std::string bytes = make_segment();
  const SegmentRemains whole = read_remains(bytes);
  bytes[whole.runs[0].lines[3].begin + 9] = '#';
  const SegmentRemains remains = read_remains(bytes);
  ASSERT_EQ(remains.runs.size(), 2U);
  EXPECT_EQ(sequences(remains.runs[0]), (Sequences{1, 2}));
  EXPECT_EQ(sequences(remains.runs[1]), (Sequences{6}));
  EXPECT_FALSE(remains.runs[1].is_behind_header);
  EXPECT_EQ(remains.lost_bytes, whole.runs[0].lines[4].end - whole.runs[0].lines[2].begin);
}

TEST(SegmentRewriter, KeepsTheTextOfEachRecordAndTiesTheLinesAnew) {
  const std::string bytes = make_segment();
  const SegmentRemains remains = read_remains(bytes);
  const SegmentText made = rewrite_run(bytes, remains.runs[0], {1, std::string(32, 'a'), 9, 0, 1}, 0);
  const SegmentRemains again = read_remains(made.text());
  ASSERT_EQ(again.runs.size(), 1U);
  ASSERT_EQ(again.runs[0].lines.size(), 6U);
  EXPECT_TRUE(again.runs[0].is_behind_header);
  EXPECT_EQ(again.header->header->segment, 9U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(own_text(made.text(), again.runs[0].lines[i]), own_text(bytes, remains.runs[0].lines[i]));
  }
  EXPECT_EQ(again.highest_synced, 5U) << "what was durable still is";
}

TEST(SegmentRewriter, LeavesOutRepeatedLines) {
  const std::string bytes = make_segment();
  const SegmentRemains whole = read_remains(bytes);
  const auto& line = whole.runs[0].lines[1];
  const SegmentRemains remains = read_remains(bytes + bytes.substr(line.begin, line.end - line.begin));
  ASSERT_EQ(remains.runs.size(), 1U);
  EXPECT_EQ(remains.runs[0].lines.size(), 6U);
}

}  // namespace
}  // namespace cfp::wal
