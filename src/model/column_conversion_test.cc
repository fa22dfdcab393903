#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/schema.h"

namespace cfp::model {
namespace {

using std::int64_t;
using std::uint64_t;

constexpr int64_t kMin64 = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax64 = std::numeric_limits<int64_t>::max();
constexpr uint64_t kMaxU64 = std::numeric_limits<uint64_t>::max();

bool fits(const Scalar& scalar, ColumnType type) { return convert(scalar, type).has_value(); }
ColumnValue converted(const Scalar& scalar, ColumnType type) { return convert(scalar, type).value(); }

TEST(Convert, TakesNullForEveryTypeAndNestedForNone) {
  for (int i = 0; i <= static_cast<int>(ColumnType::date); ++i) {
    const auto type = static_cast<ColumnType>(i);
    EXPECT_EQ(converted(std::monostate(), type), ColumnValue());
    EXPECT_FALSE(fits(Nested(), type));
  }
}

TEST(Convert, TakesIntegersByTheRangeOfTheColumn) {
  struct Range {
    ColumnType type;
    int64_t lowest;
    int64_t highest;
  };
  for (const Range& r : {Range{ColumnType::int32, -2147483648LL, 2147483647}, Range{ColumnType::int16, -32768, 32767},
                         Range{ColumnType::int8, -128, 127}, Range{ColumnType::uint32, 0, 4294967295LL},
                         Range{ColumnType::uint16, 0, 65535}, Range{ColumnType::uint8, 0, 255}}) {
    EXPECT_TRUE(fits(r.lowest, r.type));
    EXPECT_TRUE(fits(r.highest, r.type));
    EXPECT_FALSE(fits(r.lowest - 1, r.type));
    EXPECT_FALSE(fits(r.highest + 1, r.type));
    EXPECT_FALSE(fits(kMaxU64, r.type));
  }
  EXPECT_EQ(converted(kMin64, ColumnType::int64), ColumnValue(kMin64));
  EXPECT_FALSE(fits(kMaxU64, ColumnType::int64));
  EXPECT_EQ(converted(kMaxU64, ColumnType::uint64), ColumnValue(kMaxU64));
  EXPECT_FALSE(fits(int64_t{-1}, ColumnType::uint64));
}

TEST(Convert, HoldsSignedColumnsAsInt64AndUnsignedOnesAsUint64) {
  EXPECT_EQ(converted(int64_t{5}, ColumnType::int8), ColumnValue(int64_t{5}));
  EXPECT_EQ(converted(int64_t{5}, ColumnType::uint8), ColumnValue(uint64_t{5}));
  EXPECT_EQ(converted(int64_t{5}, ColumnType::uint64), ColumnValue(uint64_t{5}));
}

TEST(Convert, TakesIntegersForFloatsOnlyIfExact) {
  EXPECT_EQ(converted(int64_t{1} << 53, ColumnType::float64), ColumnValue(9007199254740992.0));
  EXPECT_FALSE(fits((int64_t{1} << 53) + 1, ColumnType::float64));
  EXPECT_FALSE(fits(kMax64, ColumnType::float64));
  EXPECT_TRUE(fits(kMin64, ColumnType::float64));
  EXPECT_TRUE(fits(uint64_t{1} << 63, ColumnType::float64));
  EXPECT_FALSE(fits(kMaxU64, ColumnType::float64));
  EXPECT_EQ(converted(int64_t{1} << 24, ColumnType::float32), ColumnValue(16777216.0));
  EXPECT_FALSE(fits((int64_t{1} << 24) + 1, ColumnType::float32));
}

TEST(Convert, RoundsToFloat32AndRefusesOverflow) {
  EXPECT_EQ(converted(0.1, ColumnType::float32), ColumnValue(static_cast<double>(0.1F)));
  EXPECT_FALSE(fits(1e39, ColumnType::float32));
  EXPECT_FALSE(fits(-1e39, ColumnType::float32));
  EXPECT_TRUE(fits(1e39, ColumnType::float64));
  EXPECT_EQ(converted(1e-60, ColumnType::float32), ColumnValue(0.0));
}

TEST(Convert, NeverTurnsOneKindIntoAnother) {
  const std::vector<ColumnType> integers = {ColumnType::int64, ColumnType::int8, ColumnType::uint64, ColumnType::uint8};
  for (const ColumnType type : integers) {
    EXPECT_FALSE(fits(5.0, type));
    EXPECT_FALSE(fits(true, type));
    EXPECT_FALSE(fits(std::string("5"), type));
  }
  for (const ColumnType type : {ColumnType::float64, ColumnType::float32}) {
    EXPECT_FALSE(fits(true, type));
    EXPECT_FALSE(fits(std::string("5"), type));
  }
  for (const Scalar& scalar : {Scalar(int64_t{1}), Scalar(1.0), Scalar(std::string("true"))}) {
    EXPECT_FALSE(fits(scalar, ColumnType::boolean));
  }
  for (const Scalar& scalar : {Scalar(int64_t{1}), Scalar(1.0), Scalar(true), Scalar(uint64_t{1})}) {
    EXPECT_FALSE(fits(scalar, ColumnType::string));
    EXPECT_FALSE(fits(scalar, ColumnType::timestamp));
    EXPECT_FALSE(fits(scalar, ColumnType::date));
  }
  EXPECT_EQ(converted(true, ColumnType::boolean), ColumnValue(true));
  EXPECT_EQ(converted(std::string("5"), ColumnType::string), ColumnValue(std::string("5")));
}

TEST(Convert, GivesTimestampsInUtcAndDatesInTheOffsetOfTheText) {
  const std::string late = "2025-01-15T23:30:00.5-05:00";
  EXPECT_EQ(converted(late, ColumnType::timestamp), ColumnValue(int64_t{1737001800500000}));
  EXPECT_EQ(converted(late, ColumnType::date), ColumnValue(int64_t{20103}));
  EXPECT_EQ(converted(std::string("2025-01-15T00:30+02:00"), ColumnType::date), ColumnValue(int64_t{20103}));
  EXPECT_EQ(converted(std::string("2025-01-15"), ColumnType::date), ColumnValue(int64_t{20103}));
  EXPECT_EQ(converted(std::string("2025-01-15T00:00:00+00:00"), ColumnType::date), ColumnValue(int64_t{20103}));
  EXPECT_EQ(converted(std::string("1969-12-31T23:00"), ColumnType::date), ColumnValue(int64_t{-1}));
  EXPECT_EQ(converted(std::string("0001-01-01T00:00-01:00"), ColumnType::date), ColumnValue(int64_t{-719162}));
  EXPECT_FALSE(fits(std::string("20250115"), ColumnType::date));
  EXPECT_FALSE(fits(std::string(""), ColumnType::timestamp));
}

}  // namespace
}  // namespace cfp::model
