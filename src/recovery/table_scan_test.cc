#include "recovery/table_scan.h"

#include <gtest/gtest.h>

#include <limits>

#include "cfp/error.h"
#include "support/simulated_clock.h"

namespace cfp::recovery {
namespace {

using std::chrono::milliseconds;

/// Two tables, the time that reading one of their rows takes, and what was read of them.
struct ScannedTables {
  support::SimulatedClock clock;
  std::uint64_t first_rows = 1'000'000, second_rows = 10;
  std::chrono::nanoseconds for_a_row{100};
  std::uint64_t bad_row = std::numeric_limits<std::uint64_t>::max();  // of the first
  int failures = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> slices;  // of the first
  std::vector<std::string> damaged;
  std::uint64_t read_of_second = 0;

  TableScan scan{{{"first", [this] { return first_rows; },
                   [this](std::uint64_t from, std::uint64_t count) { return read(from, count); }},
                  {"second", [this] { return second_rows; },
                   [this](std::uint64_t from, std::uint64_t count) {
                     read_of_second = from + count;
                     return true;
                   }}},
                 clock,
                 [this](const std::string& file) { damaged.push_back(file); }};

  bool read(std::uint64_t from, std::uint64_t count) {
    if (failures > 0) {
      --failures;
      throw CollectionFastPersistError(ErrorCode::closed, "replaced at the moment");
    }
    slices.emplace_back(from, count);
    clock.advance(std::chrono::duration_cast<std::chrono::microseconds>(for_a_row * count));
    return bad_row < from || bad_row >= from + count;
  }
  void run() {
    for (int i = 0; i < 10'000 && !scan.is_done(); ++i) scan.step();
    EXPECT_TRUE(scan.is_done());
  }
};

TEST(TableScan, ReadsEveryRowOfEveryTableOnce) {
  ScannedTables tables;
  tables.run();
  std::uint64_t next = 0;
  for (const auto& [from, count] : tables.slices) {
    EXPECT_EQ(from, next);
    next += count;
  }
  EXPECT_GE(next, tables.first_rows);
  EXPECT_GE(tables.read_of_second, tables.second_rows);
  EXPECT_EQ(tables.damaged, std::vector<std::string>());
}

TEST(TableScan, TakesATenthOfTheTimeAtMostAndNoLongSlices) {
  ScannedTables tables;
  tables.for_a_row = std::chrono::microseconds(4);
  for (int i = 0; i < 20; ++i) {
    const auto before = tables.clock.steady_now();
    const milliseconds rest = tables.scan.step();
    EXPECT_GE(rest + milliseconds(1), (tables.clock.steady_now() - before) * 8);
  }
  EXPECT_LE(tables.slices.back().second, 4096U) << "8 to 16 ms of rows";
}

TEST(TableScan, TellsOfDamageOnceAndEnds) {
  ScannedTables tables;
  tables.bad_row = 700'000;
  tables.run();
  EXPECT_EQ(tables.damaged, std::vector<std::string>{"first"});
  EXPECT_EQ(tables.scan.step(), milliseconds::max());
}

TEST(TableScan, TriesATableAgainThatCannotBeReadAtTheMoment) {
  ScannedTables tables;
  tables.failures = 3;
  EXPECT_GE(tables.scan.step(), milliseconds(1000));
  tables.run();
  EXPECT_EQ(tables.slices.front().first, 0U);
  EXPECT_EQ(tables.damaged, std::vector<std::string>());
}

}  // namespace
}  // namespace cfp::recovery
