// Covered and archived segments: read where the table lacks their records, and never changed.

#include <gtest/gtest.h>

#include "recovery/log_replay.h"
#include "support/recovered_log.h"

namespace cfp::recovery {
namespace {

using support::NumberedValue;
using support::recover;
using support::SimulatedLog;

using Values = std::vector<NumberedValue>;

Values from(std::uint64_t watermark, std::uint64_t through) {
  Values values;
  for (std::uint64_t i = watermark + 1; i <= through; ++i) values.emplace_back(i, static_cast<std::int64_t>(i));
  return values;
}

/// Twelve records in segments of about two; the first half of the segments is kept.
class KeptSegments : public testing::Test {
 protected:
  KeptSegments() {
    log_.start(700);
    for (std::int64_t i = 1; i <= 12; ++i) log_.write_value(i);
    log_.writer->close();
    names_ = log_.names();
    keep(names_.size() / 2);
  }
  void keep(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::string kept = names_[i] + (i % 2 == 0 ? ".covered" : ".archived");
      log_.date->rename(names_[i], kept);
      names_[i] = kept;
    }
    log_.date->sync();
  }
  [[nodiscard]] std::vector<std::string> contents() const {
    std::vector<std::string> all;
    for (const std::string& name : names_) all.push_back(log_.content(name));
    return all;
  }

  SimulatedLog log_;
  std::vector<std::string> names_;
};

TEST_F(KeptSegments, AreReadFromAnyWatermarkAndStayAsTheyAre) {
  ASSERT_GE(names_.size(), 4U);
  const auto before = contents();
  for (std::uint64_t watermark = 0; watermark <= 12; ++watermark) {
    const auto found = recover(log_, watermark);
    EXPECT_EQ(found.records, from(watermark, 12)) << watermark;
    EXPECT_EQ(found.result.position.next_sequence, 13U);
    EXPECT_EQ(found.result.torn_bytes, 0U);
  }
  EXPECT_EQ(contents(), before);
  EXPECT_EQ(log_.names(), names_);
}

TEST_F(KeptSegments, MayBeAllThereIs) {
  const std::size_t live = names_.size() / 2;
  for (std::size_t i = live; i < names_.size(); ++i) {
    log_.date->rename(names_[i], names_[i] + ".covered");
    names_[i] += ".covered";
  }
  const auto before = contents();
  EXPECT_EQ(recover(log_, 0).records, from(0, 12));
  const auto found = recover(log_, 12);
  EXPECT_EQ(found.records, Values());
  EXPECT_EQ(contents(), before);
  log_.start(1000, found.result.position);
  EXPECT_EQ(log_.write_value(13), 13U);
  EXPECT_EQ(recover(log_, 12).records, from(12, 13));
  EXPECT_EQ(recover(log_, 4).records, from(4, 13));
}

TEST_F(KeptSegments, AreNotCountedAsLiveOnes) {
  const LogInventory inventory = take_inventory(*log_.base, [](LogLevel, const std::string&) {});
  EXPECT_EQ(inventory.segments.size(), names_.size());
  EXPECT_EQ(inventory.files, names_.size() - names_.size() / 2);
  EXPECT_EQ(std::count_if(inventory.segments.begin(), inventory.segments.end(),
                          [](const SegmentFile& segment) { return segment.live; }),
            static_cast<std::ptrdiff_t>(inventory.files));
}

TEST_F(KeptSegments, DamageInOneIsPassedOverWhereTheTableHasTheRecordsAndRefusedWhereItLacksThem) {
  const std::string name = names_[1];
  const std::string whole = log_.content(name);
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = damaged[at] == '#' ? '+' : '#';
    log_.put(name, damaged);
    EXPECT_EQ(recover(log_, 12).records, Values()) << at;
    EXPECT_TRUE(support::is_refused(log_, 0)) << at;
    EXPECT_EQ(log_.content(name), damaged) << "nothing is cut off";
    EXPECT_EQ(log_.names(), names_) << "nothing is set aside";
    ASSERT_FALSE(HasFailure()) << at;
  }
}

TEST_F(KeptSegments, AMissingOneIsAGap) {
  log_.date->remove(names_[1]);
  EXPECT_TRUE(support::is_refused(log_, 0));
  EXPECT_EQ(recover(log_, 11).records, from(11, 12));
}

TEST_F(KeptSegments, APreviewFindsTheSameAndChangesNothing) {
  const std::string last = names_.back();
  log_.put(last, log_.content(last) + "half a li");  // a torn tail
  const auto before = contents();
  const Report silent = [](LogLevel, const std::string&) {};
  LogInventory inventory = take_inventory(*log_.base, silent);
  std::size_t count = 0;
  LogReplay replay(
      inventory, log_.store_id, 2, [&](std::span<model::Record> records, bool) { count += records.size(); }, silent);
  const ReplayResult found = replay.preview();
  EXPECT_EQ(found.position.last_sequence, 12U);
  EXPECT_EQ(found.recovered_records, 10U);
  EXPECT_EQ(count, 10U);
  count = 0;
  const ReplayResult reach =
      LogReplay(
          inventory, log_.store_id, 2, [&](std::span<model::Record> records, bool) { count += records.size(); }, silent)
          .reach();
  EXPECT_EQ(reach.position.last_sequence, found.position.last_sequence);
  EXPECT_EQ(reach.position.next_sequence, found.position.next_sequence);
  EXPECT_EQ(reach.position.last_crc, found.position.last_crc);
  EXPECT_EQ(reach.position.last_updated_at_us, found.position.last_updated_at_us);
  EXPECT_EQ(reach.recovered_records, found.recovered_records);
  EXPECT_EQ(reach.torn_bytes, found.torn_bytes);
  EXPECT_EQ(count, 0U) << "a reach hands nothing on";
  EXPECT_EQ(contents(), before);
  EXPECT_EQ(log_.names(), names_);
  EXPECT_EQ(recover(log_, 2).records, from(2, 12));
  EXPECT_NE(contents(), before) << "the tail was cut off now";
}

}  // namespace
}  // namespace cfp::recovery
