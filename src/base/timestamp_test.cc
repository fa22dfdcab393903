#include "cfp/timestamp.h"

#include <gtest/gtest.h>

#include "cfp/error.h"

namespace cfp {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

TEST(Timestamp, RefusesTextThatIsNoneWithoutRepeatingIt) {
  try {
    const Timestamp t("secret");
    FAIL() << t.to_string();
  } catch (const InvalidRecordError& e) {
    EXPECT_EQ(std::string(e.what()).find("secret"), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("YYYY-MM-DD"), std::string::npos);
  }
}

TEST(Timestamp, ParsesWithoutThrowingWhatTheConstructorAccepts) {
  EXPECT_EQ(Timestamp::parse("2025-01-15 12:00+02:00"), Timestamp("2025-01-15 12:00+02:00"));
  EXPECT_EQ(Timestamp::parse("20250115"), std::nullopt);
  EXPECT_EQ(Timestamp::parse(""), std::nullopt);
}

TEST(Timestamp, WritesIsoTextAsPythonDoes) {
  const Timestamp::Micros noon = sys_days(year(2025) / 1 / 15) + std::chrono::hours(12);
  EXPECT_EQ(Timestamp(noon).to_string(), "2025-01-15T12:00:00+00:00");
  EXPECT_EQ(Timestamp(noon, std::chrono::minutes(-330)).to_string(), "2025-01-15T06:30:00-05:30");
  EXPECT_EQ(Timestamp(noon + std::chrono::microseconds(7)).to_string(), "2025-01-15T12:00:00.000007+00:00");
  EXPECT_EQ(Timestamp(noon - std::chrono::days(365 * 60)).to_string(), "1965-01-30T12:00:00+00:00");
}

TEST(Timestamp, TellsEqualMomentsOfDifferentOffsetsApart) {
  EXPECT_NE(Timestamp("2025-01-15T12:00+00:00"), Timestamp("2025-01-15T14:00+02:00"));
  EXPECT_EQ(Timestamp("2025-01-15T12:00+00:00").utc(), Timestamp("2025-01-15T14:00+02:00").utc());
}

TEST(Date, AcceptsOnlyDaysOfTheCalendar) {
  EXPECT_EQ(Date("2024-02-29").to_string(), "2024-02-29");
  EXPECT_EQ(Date(year(7) / 3 / 4).to_string(), "0007-03-04");
  EXPECT_EQ(Date("9999-12-31").day(), year(9999) / 12 / 31);
  EXPECT_THROW(Date(year(2025) / 2 / 29), CollectionFastPersistError);
  EXPECT_THROW(Date(year(0) / 1 / 1), CollectionFastPersistError);
  EXPECT_THROW(Date(year(10000) / 1 / 1), CollectionFastPersistError);
  for (const char* text : {"", "..", "2025-01-15/..", "2025-01-15T10:00", "2025-02-29", "20250115"}) {
    try {
      const Date date(text);
      ADD_FAILURE() << text;
    } catch (const CollectionFastPersistError& e) {
      EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    }
  }
}

TEST(Date, OrdersByTheCalendar) {
  EXPECT_LT(Date("2024-12-31"), Date("2025-01-01"));
  EXPECT_EQ(Date("2025-01-15"), Date(sys_days(year(2025) / 1 / 15)));
}

TEST(Date, TodayIsTheDayOfTheSystemClockInUtc) {
  const auto day = [] { return Date(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())); };
  const Date before = day();
  const Date today = Date::today();
  EXPECT_LE(before, today);
  EXPECT_LE(today, day());
}

}  // namespace
}  // namespace cfp
