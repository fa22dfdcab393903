#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cfp/error.h"
#include "recovery/log_replay.h"
#include "support/simulated_log.h"
#include "wal/segment_reader.h"

namespace cfp::support {

/// Number and value of a record.
using NumberedValue = std::pair<std::uint64_t, std::int64_t>;

/// What a recovery found.
struct RecoveredLog {
  recovery::ReplayResult result;
  std::vector<NumberedValue> records;   ///< In the order in which they were handed on.
  std::vector<std::size_t> deliveries;  ///< Sizes; an atomic batch is one.
  std::vector<std::string> messages;

  [[nodiscard]] bool reported(const std::string& text) const {
    return std::any_of(messages.begin(), messages.end(),
                       [&](const std::string& message) { return message.find(text) != std::string::npos; });
  }
};

/// Throws as the recovery does.
inline RecoveredLog recover(SimulatedLog& log, std::uint64_t watermark = 0) {
  RecoveredLog found;
  const recovery::Report report = [&](LogLevel, const std::string& message) { found.messages.push_back(message); };
  recovery::LogInventory inventory = recovery::take_inventory(*log.base, report);
  const auto sink = [&](std::span<model::Record> records, bool) {
    found.deliveries.push_back(records.size());
    for (const model::Record& record : records) {
      found.records.emplace_back(record.sequence(), std::get<std::int64_t>(record.state->value()));
    }
  };
  found.result = recovery::LogReplay(inventory, log.store_id, watermark, sink, report).run();
  found.result.position.next_segment = recovery::next_segment_number(*log.date);
  return found;
}

inline bool is_refused(SimulatedLog& log, std::uint64_t watermark = 0) {
  try {
    recover(log, watermark);
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << error.what();
    return true;
  }
  return false;
}

/// How every test of a recovery ends: a second one finds the same and changes nothing; the log goes on, through a power
/// loss too, and the third one finds all of it.
inline void expect_goes_on(SimulatedLog& log, const RecoveredLog& first, std::uint64_t watermark = 0) {
  log.crash(CrashMode::drop_unsynced);
  const std::uint64_t calls = log.disk.calls();
  const RecoveredLog second = recover(log, watermark);
  EXPECT_EQ(second.records, first.records);
  EXPECT_EQ(second.result.torn_bytes, 0U);
  EXPECT_EQ(second.result.position.next_sequence, first.result.position.next_sequence);
  EXPECT_LE(log.disk.calls() - calls, 3U) << "at most the last group is written again and synced, and its name";
  log.start(4096, second.result.position);
  std::vector<NumberedValue> expected = first.records;
  for (const std::int64_t value : {701, 702}) expected.emplace_back(log.write_value(value), value);
  EXPECT_EQ(expected[expected.size() - 2].first, first.result.position.next_sequence);
  log.crash(CrashMode::drop_unsynced);
  EXPECT_EQ(recover(log, watermark).records, expected);
}

/// What may become of a log that was damaged in any way: it is refused, or what is found is a prefix of `original`
/// behind the watermark, and no record is missing that a good line knows to be durable. Returns whether it was refused.
inline bool expect_prefix_or_refusal(SimulatedLog& log, const std::vector<NumberedValue>& original,
                                     std::uint64_t watermark = 0) {
  std::uint64_t known_durable = watermark;
  for (const std::string& name : log.names()) {
    if (!name.ends_with(".jsonl")) continue;
    wal::SegmentReader reader(log.content(name));
    for (auto step = reader.next(); step != wal::SegmentReader::Step::end; step = reader.next()) {
      if (step == wal::SegmentReader::Step::line) known_durable = std::max(known_durable, reader.line().chain.synced);
    }
  }
  try {
    const RecoveredLog found = recover(log, watermark);
    const auto begin = original.begin() + static_cast<std::ptrdiff_t>(watermark);
    const bool is_prefix = found.records.size() <= static_cast<std::size_t>(original.end() - begin) &&
                           std::equal(found.records.begin(), found.records.end(), begin);
    EXPECT_TRUE(is_prefix) << "a wrong record";
    EXPECT_GE(watermark + found.records.size(), known_durable) << "an acknowledged record is lost";
    return false;
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::corrupt) << error.what();
    return true;
  }
}

/// A segment's lines, each with its newline, without the zero bytes behind them.
inline std::vector<std::string> lines_of(const std::string& bytes) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end; (end = bytes.find('\n', begin)) != std::string::npos; begin = end + 1) {
    lines.push_back(bytes.substr(begin, end + 1 - begin));
  }
  return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line;
  return bytes;
}

}  // namespace cfp::support
