#include "base/iso8601.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/property.h"

namespace cfp::base {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

std::string rewritten(std::string_view text) {
  const auto timestamp = parse_timestamp(text);
  return timestamp ? timestamp->to_string() : "refused";
}

TEST(ParseTimestamp, ReadsEveryDocumentedForm) {
  EXPECT_EQ(rewritten("2025-01-15"), "2025-01-15T00:00:00+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30"), "2025-01-15T10:30:00+00:00");
  EXPECT_EQ(rewritten("2025-01-15 10:30"), "2025-01-15T10:30:00+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30:59"), "2025-01-15T10:30:59+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30:00.5"), "2025-01-15T10:30:00.500000+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30:00.000001Z"), "2025-01-15T10:30:00.000001+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30:00.000000"), "2025-01-15T10:30:00+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30Z"), "2025-01-15T10:30:00+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30:00+02"), "2025-01-15T10:30:00+02:00");
  EXPECT_EQ(rewritten("2025-01-15 10:30:00-05:30"), "2025-01-15T10:30:00-05:30");
  EXPECT_EQ(rewritten("2025-01-15T10:30:00-00:00"), "2025-01-15T10:30:00+00:00");
  EXPECT_EQ(rewritten("2025-01-15T10:30:00-00:30"), "2025-01-15T10:30:00-00:30");
  EXPECT_EQ(rewritten("2024-02-29T23:59:59.999999+23:59"), "2024-02-29T23:59:59.999999+23:59");
}

TEST(ParseTimestamp, KeepsTheMomentInUtcAndTheOffset) {
  const auto t = parse_timestamp("2025-01-15T10:30:00+02:00");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->utc(), sys_days(year(2025) / 1 / 15) + 8h + 30min);
  EXPECT_EQ(t->offset(), 120min);
}

TEST(ParseTimestamp, RefusesAllElse) {
  for (const char* text : {"",
                           "20240101",
                           "2024-W01",
                           "2024-W01-1",
                           "2024-001",
                           "2025-1-15",
                           "2025-01-15T",
                           "2025-01-15T10",
                           "2025-01-15T1030",
                           "2025-01-15t10:30",
                           "2025-01-15T10:30z",
                           "2025-01-15T10:30:",
                           "2025-01-15T10:30:00.",
                           "2025-01-15T10:30:00.1234567",
                           "2025-01-15T10:30:00,5",
                           "2025-01-15T24:00",
                           "2025-01-15T10:60",
                           "2025-01-15T23:59:60",
                           "2025-01-15Z",
                           "2025-01-15+02:00",
                           "2025-01-15T10:30+24:00",
                           "2025-01-15T10:30+2",
                           "2025-01-15T10:30+0200",
                           "2025-01-15T10:30+02:60",
                           "2025-01-15T10:30+02:00:00",
                           "2025-01-15T10:30 +02:00",
                           "2025-02-29",
                           "2025-13-01",
                           "2025-00-10",
                           "2025-01-00",
                           "2025-04-31",
                           "0000-01-01",
                           " 2025-01-15",
                           "2025-01-15 ",
                           "2025-01-15  10:30",
                           "+2025-01-15",
                           "-025-01-15",
                           "12025-01-15",
                           "2025/01/15",
                           "2025-01-15T10:30:00.+02",
                           "2025-01-15T10:30Z ",
                           "2025-01-15T10:30+",
                           "2025-01-1a"}) {
    EXPECT_EQ(rewritten(text), "refused") << text;
  }
  EXPECT_EQ(rewritten(std::string_view("2025-01-15\0", 11)), "refused");
}

TEST(ParseTimestamp, RefusesAMomentWhoseUtcIsOutsideTheYears) {
  EXPECT_EQ(rewritten("0001-01-01"), "0001-01-01T00:00:00+00:00");
  EXPECT_EQ(rewritten("0001-01-01T00:00:00-01:00"), "0001-01-01T00:00:00-01:00");
  EXPECT_EQ(rewritten("0001-01-01T00:00:00+00:01"), "refused");
  EXPECT_EQ(rewritten("9999-12-31T23:59:59.999999"), "9999-12-31T23:59:59.999999+00:00");
  EXPECT_EQ(rewritten("9999-12-31T23:59:59.999999-00:01"), "refused");
  EXPECT_EQ(rewritten("9999-12-31T23:59:59+05:00"), "9999-12-31T23:59:59+05:00");
}

TEST(ParseTimestamp, ReadsWhatWasWrittenOverTheWholeDomain) {
  constexpr Timestamp::Micros first = sys_days(year(1) / 1 / 1) + 24h;
  constexpr Timestamp::Micros last = sys_days(year(9999) / 12 / 31) - 1us;
  EXPECT_TRUE(support::holds("parse(format(t)) == t", [=](bool whole_seconds) {
    const auto at = *rc::gen::inRange<std::int64_t>(first.time_since_epoch().count(), last.time_since_epoch().count());
    const auto offset = *rc::gen::inRange(-24 * 60 + 1, 24 * 60);
    const Timestamp t(Timestamp::Micros(std::chrono::microseconds(whole_seconds ? at - at % 1'000'000 : at)),
                      std::chrono::minutes(offset));
    const auto read = parse_timestamp(t.to_string());
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == t);
    RC_ASSERT(read->to_string() == t.to_string());
  }));
}

TEST(ParseTimestamp, GivesAStableTextForWhateverItAccepts) {
  EXPECT_TRUE(support::holds("format(parse(x)) is a fixed point", [] {
    std::string text = "2025-01-15T10:30:00.123456+02:00";
    text.resize(*rc::gen::inRange<std::size_t>(0, text.size() + 1));
    for (int i = *rc::gen::inRange(0, 4); i > 0 && !text.empty(); --i) {
      text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::elementOf(std::string("0123456789-:+ TZ.W"));
    }
    const auto once = parse_timestamp(text);
    if (!once) return;
    RC_ASSERT(parse_timestamp(once->to_string()) == once);
  }));
}

TEST(ParseDate, ReadsEveryDayOfTheCalendarAndNothingElse) {
  int count = 0;
  for (auto day = sys_days(year(1999) / 12 / 1); day < sys_days(year(2001) / 2 / 1); day += std::chrono::days(1)) {
    const std::string text = Date(day).to_string();
    ASSERT_EQ(parse_date(text), std::chrono::year_month_day(day)) << text;
    ++count;
  }
  EXPECT_EQ(count, 31 + 366 + 31);
  for (const char* text :
       {"", "2025-1-15", "2025-01-15T00:00", "2025-02-30", "0000-01-01", "20250115", "2025-01-15 ", "2025-01"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

}  // namespace
}  // namespace cfp::base
