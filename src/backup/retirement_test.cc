#include "backup/retirement.h"

#include "support/backup_fixture.h"

namespace cfp::backup {
namespace {

using Names = std::vector<std::string>;

Segment segment_of(std::uint64_t last_sequence, SegmentState state) {
  return {nullptr, "wal_000001.jsonl", last_sequence, 1, state};
}

TEST(Fate, ASegmentWithoutABackupStays) {
  for (const auto state : {SegmentState::live, SegmentState::covered, SegmentState::archived}) {
    EXPECT_EQ(fate_of(segment_of(5, state), coverage_of({}), false), Fate::keep);
    EXPECT_EQ(fate_of(segment_of(0, state), coverage_of({}), true), Fate::keep);
  }
}

TEST(Fate, OneBackupWithItsLastRecordCoversASegment) {
  const Coverage one = coverage_of({info("2025-01-02", 10)});
  EXPECT_EQ(fate_of(segment_of(10, SegmentState::live), one, false), Fate::cover);
  EXPECT_EQ(fate_of(segment_of(11, SegmentState::live), one, false), Fate::keep);
  EXPECT_EQ(fate_of(segment_of(10, SegmentState::covered), one, false), Fate::keep);
}

TEST(Fate, ASecondBackupWithItsLastRecordLetsASegmentGo) {
  const Coverage two = coverage_of({info("2025-01-02", 10), info("2025-01-01", 8)});
  EXPECT_EQ(fate_of(segment_of(8, SegmentState::covered), two, false), Fate::remove);
  EXPECT_EQ(fate_of(segment_of(9, SegmentState::covered), two, false), Fate::keep);
  EXPECT_EQ(fate_of(segment_of(9, SegmentState::live), two, false), Fate::cover);
  EXPECT_EQ(fate_of(segment_of(8, SegmentState::live), two, false), Fate::remove);
}

TEST(Fate, AnArchiveIsKeptBackToTheOldestBackup) {
  const Coverage three = coverage_of({info("2025-01-03", 10), info("2025-01-02", 8), info("2025-01-01", 5)});
  EXPECT_EQ(fate_of(segment_of(8, SegmentState::covered), three, true), Fate::archive);
  EXPECT_EQ(fate_of(segment_of(6, SegmentState::archived), three, true), Fate::keep);
  EXPECT_EQ(fate_of(segment_of(5, SegmentState::archived), three, true), Fate::remove);
  EXPECT_EQ(fate_of(segment_of(5, SegmentState::covered), three, true), Fate::remove);
  EXPECT_EQ(fate_of(segment_of(6, SegmentState::archived), three, false), Fate::keep) << "the option was taken away";
  EXPECT_EQ(fate_of(segment_of(5, SegmentState::archived), coverage_of({info("2025-01-03", 10)}), true), Fate::keep);
}

class Retirement : public BackupFixture {};

TEST_F(Retirement, RenamesAndDeletesInEveryDirectoryAndCounts) {
  const std::vector<Segment> segments = {segment("2025-01-02", 1, 9), segment("2025-01-01", 2, 4),
                                         segment("2025-01-01", 1, 2, SegmentState::covered),
                                         segment("2025-01-02", 2, 12)};
  const RetirementResult result = retire(segments, {10, 4, 4}, false);
  EXPECT_EQ(names_in("2025-01-01"), Names{});
  EXPECT_EQ(names_in("2025-01-02"), (Names{"wal_000001.jsonl.covered", "wal_000002.jsonl"}));
  EXPECT_EQ(result.retired_files, 2U);
  EXPECT_EQ(result.retired_bytes, 2U);
  EXPECT_EQ(result.removed_files, 2U);
  EXPECT_EQ(result.kept_bytes, 1U);
}

TEST_F(Retirement, ReplacesNoFile) {
  const std::vector<Segment> segments = {segment("2025-01-02", 1, 9)};
  put("2025-01-02", "wal_000001.jsonl.covered", "somebody's");
  EXPECT_EQ(retire(segments, {10, 0, 0}, false).retired_files, 0U);
  EXPECT_EQ(disk_.content("/store/2025-01-02/wal_000001.jsonl.covered"), "somebody's");
  EXPECT_TRUE(exists("2025-01-02", "wal_000001.jsonl"));
}

TEST_F(Retirement, IsDurableWhenItReturns) {
  retire({segment("2025-01-02", 1, 9), segment("2025-01-02", 2, 3)}, {10, 3, 3}, false);
  disk_.crash(support::CrashMode::drop_unsynced);
  table_disk_->crash();
  boot();
  EXPECT_EQ(names_in("2025-01-02"), (Names{"wal_000001.jsonl.covered"}));
}

TEST_F(Retirement, DeletesTheOldestFirst) {
  disk_.record_trace();
  retire({segment("2025-01-02", 3, 9), segment("2025-01-02", 1, 3), segment("2025-01-02", 2, 6)}, {10, 10, 10}, false);
  Names removed;
  for (const std::string& call : disk_.trace()) {
    if (call.find(" remove ") != std::string::npos) removed.push_back(call.substr(call.find("wal_")));
  }
  EXPECT_EQ(removed, (Names{"wal_000001.jsonl", "wal_000002.jsonl", "wal_000003.jsonl"}));
}

}  // namespace
}  // namespace cfp::backup
