#include "flush/unflushed_set.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/made_record.h"

namespace cfp::flush {
namespace {

using support::made_record;
using support::numbered;

std::uint64_t bytes_of_one() { return model::footprint_bytes(numbered(made_record("k", "c", "i"), 1)); }

void add(UnflushedSet& set, std::uint64_t sequence, const std::string& item = "i") {
  model::Record record = numbered(made_record("k", "c", item), sequence);
  ASSERT_TRUE(set.try_reserve(model::footprint_bytes(record)));
  set.append({&record, 1});
}

std::vector<std::uint64_t> sequences(const std::vector<const model::Record*>& records) {
  std::vector<std::uint64_t> all;
  for (const model::Record* record : records) all.push_back(record->sequence());
  return all;
}

/// Trims, and returns what the set handed out to be forgotten.
std::vector<std::uint64_t> trim(UnflushedSet& set, std::uint64_t through) {
  std::vector<std::uint64_t> forgotten;
  set.trim(through, [&](std::span<const model::Record> records) {
    for (const model::Record& record : records) forgotten.push_back(record.sequence());
  });
  return forgotten;
}

using Sequences = std::vector<std::uint64_t>;

TEST(UnflushedSet, RefusesWhatDoesNotFitUntilRoomIsGivenBack) {
  UnflushedSet set(100, 0);
  EXPECT_TRUE(set.try_reserve(60));
  EXPECT_TRUE(set.try_reserve(40));
  EXPECT_FALSE(set.try_reserve(1));
  EXPECT_EQ(set.bytes(), 100U);
  set.release(40);
  EXPECT_TRUE(set.try_reserve(40));
}

TEST(UnflushedSet, LetsARecordLargerThanTheBoundInWhenNothingElseIsThere) {
  UnflushedSet set(100, 0);
  EXPECT_TRUE(set.try_reserve(1000));
  EXPECT_FALSE(set.try_reserve(1));
  set.release(1000);
  EXPECT_TRUE(set.try_reserve(1));
  EXPECT_FALSE(set.try_reserve(1000));
}

TEST(UnflushedSet, ShowsWhatComesBehindASequence) {
  UnflushedSet set(1 << 20, 4);
  EXPECT_EQ(set.last_sequence(), 4U);
  EXPECT_EQ(set.trimmed_through(), 4U);
  for (const std::uint64_t sequence : {5U, 6U, 9U, 12U}) add(set, sequence);
  EXPECT_EQ(sequences(set.after(0, 100)), (Sequences{5, 6, 9, 12}));
  EXPECT_EQ(sequences(set.after(6, 100)), (Sequences{9, 12}));
  EXPECT_EQ(sequences(set.after(7, 1)), (Sequences{9}));
  EXPECT_TRUE(set.after(12, 100).empty());
  EXPECT_EQ(set.last_sequence(), 12U);
  EXPECT_EQ(set.count_after(5), 3U);
}

TEST(UnflushedSet, CountsItemsOnce) {
  UnflushedSet set(1 << 20, 0);
  add(set, 1, "a");
  add(set, 2, "b");
  add(set, 3, "a");
  EXPECT_EQ(set.items_after(0), 2U);
  EXPECT_EQ(set.items_after(2), 1U);
  EXPECT_EQ(set.items_after(3), 0U);
}

TEST(UnflushedSet, TrimsInOrderAndGivesTheRoomBack) {
  UnflushedSet set(1 << 20, 0);
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) add(set, sequence);
  EXPECT_EQ(set.bytes(), 3 * bytes_of_one());
  EXPECT_EQ(trim(set, 2), (Sequences{1, 2}));
  EXPECT_EQ(set.bytes(), bytes_of_one());
  EXPECT_EQ(set.trimmed_through(), 2U);
  EXPECT_EQ(trim(set, 1), Sequences());
  EXPECT_EQ(set.trimmed_through(), 2U);
  EXPECT_EQ(trim(set, 3), Sequences{3});
  EXPECT_EQ(set.bytes(), 0U);
}

TEST(UnflushedSet, TrimsManyInSlices) {
  UnflushedSet set(1 << 30, 0);
  for (std::uint64_t sequence = 1; sequence <= 5000; ++sequence) add(set, sequence);
  EXPECT_EQ(trim(set, 4999).size(), 4999U);
  EXPECT_EQ(sequences(set.after(0, 10)), Sequences{5000});
}

TEST(UnflushedSet, LeavesAloneWhatAPinHolds) {
  UnflushedSet set(1 << 20, 0);
  add(set, 1);
  EXPECT_EQ(trim(set, 1), Sequences{1});
  add(set, 2);
  auto early = set.pin();
  add(set, 3);
  auto late = set.pin();
  EXPECT_EQ(trim(set, 3), Sequences());
  EXPECT_EQ(set.trimmed_through(), 1U);
  early.reset();
  EXPECT_EQ(trim(set, 3), Sequences());
  late.reset();
  EXPECT_EQ(trim(set, 3), (Sequences{2, 3}));
}

TEST(UnflushedSet, ANewPinDoesNotHoldWhatWasTrimmedBeforeIt) {
  UnflushedSet set(1 << 20, 0);
  add(set, 1);
  add(set, 2);
  trim(set, 1);
  const auto pin = set.pin();
  EXPECT_EQ(trim(set, 2), Sequences());
  const auto copy = pin;  // any number of holders
  EXPECT_EQ(sequences(set.after(0, 10)), Sequences{2});
}

TEST(UnflushedSet, KeepsRecordsWhereTheyAreWhileOthersComeAndGo) {
  UnflushedSet set(1 << 30, 0);
  for (std::uint64_t sequence = 1; sequence <= 100; ++sequence) add(set, sequence);
  const auto held = set.after(90, 10);
  std::thread appending([&] {
    for (std::uint64_t sequence = 101; sequence <= 5000; ++sequence) add(set, sequence);
  });
  trim(set, 90);
  appending.join();
  EXPECT_EQ(sequences(held), (Sequences{91, 92, 93, 94, 95, 96, 97, 98, 99, 100}));
}

TEST(UnflushedSet, WhoWaitsForRoomIsWokenByATrimAndByWhatIsGivenBack) {
  for (const bool by_trim : {true, false}) {
    UnflushedSet set(1000, 0);
    if (by_trim) {
      add(set, 1);
    } else {
      ASSERT_TRUE(set.try_reserve(1000));
    }
    bool has_room = false;
    std::thread waiting([&] {
      set.wait_for_room(1000, std::chrono::minutes(1));
      has_room = set.try_reserve(1000);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that it waits, as a rule
    if (by_trim) {
      trim(set, 1);
    } else {
      set.release(1000);
    }
    waiting.join();
    EXPECT_TRUE(has_room) << by_trim;
  }
}

TEST(UnflushedSet, WhoWaitsForRoomThatNobodyMakesWaitsNoLongerThanHeSaid) {
  UnflushedSet set(1000, 0);
  ASSERT_TRUE(set.try_reserve(1000));
  const auto begin = std::chrono::steady_clock::now();
  set.wait_for_room(1, std::chrono::milliseconds(30));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(30));
  EXPECT_FALSE(set.try_reserve(1));
}

TEST(UnflushedSet, CountsTheSameBytesComingAndGoing) {
  UnflushedSet set(1 << 30, 0);
  for (std::uint64_t i = 1; i <= 200; ++i) {
    model::Record record = numbered(made_record(std::string(i, 'k'), std::string(i % 40, 'c'), std::string(i % 17, 'i'),
                                                {}, std::string(i * 3, 'x')),
                                    i);
    record.projection.username = std::string(i % 30, 'u');
    record.projection.extra.resize(i % 4, model::ColumnValue(std::string(i % 50, 'e')));
    ASSERT_TRUE(set.try_reserve(model::footprint_bytes(record)));
    set.append({&record, 1});
  }
  trim(set, 200);
  EXPECT_EQ(set.bytes(), 0U);
}

}  // namespace
}  // namespace cfp::flush
