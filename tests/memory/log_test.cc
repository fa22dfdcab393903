// A disk that fails, and then no memory to say so.

#include <gtest/gtest.h>

#include <cerrno>

#include "memory/store_under_test.h"
#include "support/simulated_log.h"
#include "wal/segment_reader.h"

namespace cfp::memory {
namespace {

using support::Call;
using support::Repeat;
using support::SimulatedLog;

/// P8. The error of a sync takes memory to describe, and the latch must not depend on that.
TEST(LogWithoutMemory, AFailedSyncIsLatchedThoughThereIsNoMemoryToSayOfWhat) {
  const std::uint64_t failed = sweep(50, 1000, [](std::uint64_t number) {
    SimulatedLog log;
    log.start();
    log.write_value(1);
    log.disk.fail_at(log.disk.calls() + 1, EIO, Repeat::once, {Call::sync});
    const std::uint64_t calls = log.disk.calls();
    const Outcome outcome = outcome_of([&] { log.write_value(2); }, number);
    EXPECT_FALSE(outcome.succeeded);
    if (log.disk.calls() == calls) return outcome;  // it did not get to the disk
    log.disk.clear_faults();
    const std::uint64_t calls_then = log.disk.calls();
    const bool reached_the_sync = log.writer->failed();
    const Outcome later = outcome_of([&] { log.write_value(3); }, 0);
    if (reached_the_sync) {
      EXPECT_EQ(later.code, ErrorCode::failed);
      EXPECT_EQ(log.disk.calls(), calls_then) << "it was tried again";
    } else {
      EXPECT_TRUE(later.succeeded) << "the sync had not been tried";
    }
    return outcome;
  });
  EXPECT_GT(failed, 5U);
}

/// P5. What may be there of a group is cut off, whatever is known of the error.
TEST(LogWithoutMemory, AFailedWriteIsTakenBackThoughThereIsNoMemoryToSayOfWhat) {
  const std::uint64_t failed = sweep(50, 1000, [](std::uint64_t number) {
    SimulatedLog log(number);
    log.start();
    log.write_value(1);
    log.disk.fail_at(log.disk.calls() + 1, ENOSPC, Repeat::once, {Call::write});
    model::Record large = support::made_record("k", "c", "i", std::string(3000, 'x'));
    const Outcome outcome = outcome_of([&] { log.write(std::move(large)); }, number);
    EXPECT_FALSE(outcome.succeeded);
    log.disk.clear_faults();
    if (log.writer->failed()) return outcome;  // it could not be cut off, and nothing is written behind it
    log.write_value(2);
    log.crash(support::CrashMode::keep_all);
    const std::string content = log.content("wal_000001.jsonl");
    wal::SegmentReader reader(content);
    std::size_t records = 0;
    for (auto step = reader.next(); step != wal::SegmentReader::Step::end; step = reader.next()) {
      EXPECT_EQ(step, wal::SegmentReader::Step::line) << "rests of the group at " << reader.begin_offset();
      if (step != wal::SegmentReader::Step::line) break;
      if (!reader.line().header) ++records;
    }
    EXPECT_LE(records, 2U);
    EXPECT_GE(records, 1U);
    return outcome;
  });
  EXPECT_GT(failed, 5U);
}

/// The name of the segment that lies ready takes memory, too.
TEST(LogWithoutMemory, ClosesAndKeepsWhatWasWritten) {
  const std::uint64_t failed = sweep(20, 1000, [](std::uint64_t number) {
    SimulatedLog log(number);
    log.start();
    log.write_value(1);
    log.background.run_all();
    const Outcome outcome = outcome_of([&] { log.writer->close(); }, number);
    EXPECT_TRUE(outcome.succeeded);
    EXPECT_NE(log.content("wal_000001.jsonl").find("\n"), std::string::npos);
    return outcome;
  });
  EXPECT_GT(failed, 0U);
}

}  // namespace
}  // namespace cfp::memory
