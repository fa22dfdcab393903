// What the log does when the disk refuses: nothing is half stored, and what is unknown is said to be unknown.

#include <gtest/gtest.h>

#include <cerrno>

#include "cfp/error.h"
#include "support/simulated_log.h"
#include "wal/segment_reader.h"

namespace cfp::wal {
namespace {

using support::Call;
using support::made_record;
using support::Repeat;
using support::SimulatedLog;
using Step = SegmentReader::Step;

struct Failure {
  ErrorCode code;
  std::string text;
};

template <class Action>
Failure failure_of(const Action& action) {
  try {
    action();
  } catch (const CollectionFastPersistError& error) {
    return {error.code(), error.what()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorCode::internal, ""};
}

/// The values of all records of a segment, which must be a chain without a hole; with their numbers.
std::vector<std::pair<std::uint64_t, std::int64_t>> records_in(const std::string& bytes) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> records;
  SegmentReader reader(bytes);
  std::uint32_t crc = 0;
  for (Step step = reader.next(); step != Step::end; step = reader.next()) {
    EXPECT_EQ(step, Step::line) << "at " << reader.begin_offset();
    if (step != Step::line) break;
    if (reader.begin_offset() > 0) {
      EXPECT_EQ(reader.line().chain.previous_crc, crc);
    }
    crc = reader.line().crc;
    if (reader.line().header) continue;
    const model::Record& record = reader.line().record;
    records.emplace_back(record.sequence(), std::get<std::int64_t>(record.state->value()));
  }
  return records;
}

using Records = std::vector<std::pair<std::uint64_t, std::int64_t>>;

TEST(SegmentWriterFailure, AFullDiskTakesTheGroupAndItsNumbersBackAndTheNextWriteSucceeds) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {  // the seed decides how much of the write got there
    for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
      SimulatedLog log(seed);
      log.start();
      log.write_value(1);
      log.disk.fail_at(log.disk.calls() + 1, error, Repeat::once, {Call::write});
      const auto failure = failure_of([&] {
        log.write({{{made_record("k", "c", "i", std::string(3000, 'x')), made_record("k", "c", "i", std::int64_t{8})},
                    true}});
      });
      EXPECT_EQ(failure.code, ErrorCode::disk_full);
      EXPECT_EQ(log.writer->numbers().last_sequence, 1U);
      EXPECT_EQ(log.write_value(2), 2U);
      log.crash(support::CrashMode::drop_unsynced);
      EXPECT_EQ(records_in(log.content("wal_000001.jsonl")), (Records{{1, 1}, {2, 2}})) << "seed " << seed;
    }
  }
}

TEST(SegmentWriterFailure, AGroupThatWasTakenBackIsNotThereAfterAPowerLoss) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SimulatedLog log(seed);
    log.start();
    log.write_value(1);
    log.disk.fail_at(log.disk.calls() + 1, EIO, Repeat::once, {Call::write});
    EXPECT_EQ(failure_of([&] { log.write(made_record("k", "c", "i", std::string(3000, 'x'))); }).code, ErrorCode::io);
    log.crash(support::CrashMode::random);
    EXPECT_EQ(records_in(log.content("wal_000001.jsonl")), (Records{{1, 1}})) << "seed " << seed;
  }
}

TEST(SegmentWriterFailure, TheFirstGroupOfASegmentBringsItsHeaderAgain) {
  SimulatedLog log;
  log.start();
  log.disk.fail_at(log.disk.calls() + 1, ENOSPC, Repeat::once, {Call::write});
  EXPECT_EQ(failure_of([&] { log.write_value(1); }).code, ErrorCode::disk_full);
  EXPECT_EQ(log.write_value(2), 1U);
  EXPECT_EQ(records_in(log.content("wal_000001.jsonl")), (Records{{1, 2}}));
}

TEST(SegmentWriterFailure, AFailedSyncIsLatchedWithItsCauseAndNeverTriedAgain) {
  SimulatedLog log;
  log.start();
  log.write_value(1);
  log.disk.fail_at(log.disk.calls() + 1, EIO, Repeat::once, {Call::sync});
  const auto first = failure_of([&] { log.write_value(2); });
  EXPECT_EQ(first.code, ErrorCode::failed);
  EXPECT_NE(first.text.find("Input/output error"), std::string::npos);
  log.disk.clear_faults();
  log.disk.fail_at(1, ENOSPC, Repeat::from_then_on);  // must not become the cause
  const std::uint64_t calls = log.disk.calls();
  for (int i = 0; i < 3; ++i) {
    const auto later = failure_of([&] { log.write_value(3); });
    EXPECT_EQ(later.code, ErrorCode::failed);
    EXPECT_NE(later.text.find("Input/output error"), std::string::npos);
  }
  EXPECT_EQ(log.disk.calls(), calls);
  log.disk.clear_faults();
  log.disk.record_trace();
  log.writer->close();
  for (const std::string& call : log.disk.trace()) {
    EXPECT_EQ(call.find("wal_000001.jsonl "), std::string::npos) << call;  // its state is for the next open to judge
  }
  EXPECT_EQ(log.writer->numbers().last_sequence, 1U);
}

TEST(SegmentWriterFailure, ACutThatFailsIsLatchedWithBothCauses) {
  for (const Call second : {Call::truncate, Call::sync}) {
    SimulatedLog log;
    log.start();
    log.write_value(1);
    log.disk.fail_at(log.disk.calls() + 1, ENOSPC, Repeat::once, {Call::write});
    log.disk.fail_at(log.disk.calls() + 1, EIO, Repeat::once, {second});
    const auto first = failure_of([&] { log.write_value(2); });
    EXPECT_EQ(first.code, ErrorCode::failed);
    EXPECT_NE(first.text.find("No space left"), std::string::npos) << first.text;
    EXPECT_NE(first.text.find("Input/output error"), std::string::npos) << first.text;
    EXPECT_EQ(failure_of([&] { log.write_value(3); }).code, ErrorCode::failed);
  }
}

TEST(SegmentWriterFailure, WithoutAFileForTheNextSegmentTheOneAtHandGrowsOn) {
  for (const int error : {EMFILE, ENOSPC}) {
    SimulatedLog log;
    log.start(1000);
    log.write_value(0);
    log.disk.fail_at(1, error, Repeat::from_then_on, {Call::create, Call::allocate});
    for (int i = 1; i <= 20; ++i) EXPECT_EQ(log.write_value(i), static_cast<std::uint64_t>(i) + 1);
    EXPECT_EQ(log.writer->numbers().segment, 1U);
    EXPECT_EQ(records_in(log.content("wal_000001.jsonl")).size(), 21U);
    log.disk.clear_faults();
    log.write_value(21);
    EXPECT_EQ(log.writer->numbers().segment, 2U);
    EXPECT_EQ(records_in(log.content("wal_000002.jsonl")), (Records{{22, 21}}));
  }
}

TEST(SegmentWriterFailure, AFailureOfAnyStepOfARotationCostsNoRecord) {
  for (const Call call :
       {Call::create, Call::allocate, Call::sync, Call::rename, Call::sync_directory, Call::truncate}) {
    SimulatedLog log;
    log.start(1000);
    while (log.writer->numbers().segment_bytes < 1000) log.write_value(0);
    const std::uint64_t last = log.writer->numbers().last_sequence;
    log.disk.fail_at(log.disk.calls() + 1, EIO, Repeat::once, {call});
    EXPECT_EQ(log.write_value(1), last + 1) << static_cast<int>(call);
    EXPECT_EQ(log.write_value(2), last + 2);
    EXPECT_EQ(log.writer->numbers().segment, call == Call::sync_directory ? 3U : 2U);
    log.crash(support::CrashMode::drop_unsynced);
    std::size_t records = 0;
    for (const std::string& name : log.names()) {
      if (name.ends_with(".jsonl")) records += records_in(log.content(name)).size();
    }
    EXPECT_EQ(records, last + 2) << static_cast<int>(call);
  }
}

TEST(SegmentWriterFailure, WithoutAnyFileTheCallerHearsWhyAndTheNextWriteTriesAgain) {
  for (const Call call : {Call::create, Call::allocate, Call::rename, Call::sync_directory}) {
    SimulatedLog log;
    log.start();
    log.disk.fail_at(log.disk.calls() + 1, ENOSPC, Repeat::once, {call});
    EXPECT_EQ(failure_of([&] { log.write_value(1); }).code, ErrorCode::disk_full);
    EXPECT_EQ(log.write_value(2), 1U) << static_cast<int>(call);
  }
}

}  // namespace
}  // namespace cfp::wal
