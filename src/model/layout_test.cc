#include "model/layout.h"

#include <gtest/gtest.h>

namespace cfp::model {
namespace {

TEST(Layout, NamesSegmentsWithSixDigitsOrMore) {
  EXPECT_EQ(segment_file(1), "wal_000001.jsonl");
  EXPECT_EQ(segment_file(999'999), "wal_999999.jsonl");
  EXPECT_EQ(segment_file(1'000'000), "wal_1000000.jsonl");
  EXPECT_EQ(date_lock_file(Date("2025-12-24")), ".lock_2025-12-24");
}

TEST(Layout, ReadsBackTheNamesItGives) {
  for (const std::uint64_t number : {0ULL, 1ULL, 42ULL, 999'999ULL, 1'000'000ULL, 999'999'999'999'999'999ULL}) {
    for (const std::string suffix : {"", ".covered", ".archived", ".torn", ".corrupt", ".1.torn", "."}) {
      const auto parsed = parse_segment_name(segment_file(number) + suffix);
      ASSERT_TRUE(parsed) << number << suffix;
      EXPECT_EQ(parsed->number, number);
      EXPECT_EQ(parsed->suffix, suffix);
    }
  }
}

TEST(Layout, TakesNoOtherFileForASegment) {
  for (const char* name :
       {"", "wal_", "wal_00001.jsonl", "wal_0000001.jsonl", "wal_1000000000000000000.jsonl", "wal_000001.json",
        "wal_000001.jsonlx", "wal_000001.jsonl~", "WAL_000001.jsonl", "wal_-00001.jsonl", "wal_00000a.jsonl",
        " wal_000001.jsonl", "wal_000001", "wal_000001jsonl", "xwal_000001.jsonl", "storage_history.duckdb"}) {
    EXPECT_FALSE(parse_segment_name(name)) << name;
  }
}

TEST(Layout, KnowsDateDirectories) {
  EXPECT_EQ(parse_date_directory("2025-12-24"), Date("2025-12-24"));
  for (const char* name :
       {"", "2025-12-32", "2025-12-24 ", "2025-12-24.bak", "20251224", "photos", "0000-01-01", ".."}) {
    EXPECT_FALSE(parse_date_directory(name)) << name;
  }
}

}  // namespace
}  // namespace cfp::model
