#include "cfp/timestamp.h"

#include "base/iso8601.h"
#include "cfp/error.h"

namespace cfp {
namespace {

Timestamp parse_or_throw(std::string_view text) {
  if (const auto timestamp = Timestamp::parse(text)) return *timestamp;
  throw InvalidRecordError(
      "timestamp: the text is none; give YYYY-MM-DD, or that and Thh:mm[:ss[.f]] with at most six digits of a fraction "
      "and optionally Z or an offset like +02:00");
}

std::chrono::year_month_day parse_day_or_throw(std::string_view text) {
  if (const auto day = base::parse_date(text)) return *day;
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   "date: must be YYYY-MM-DD, a day of the calendar in the years 1 to 9999");
}

}  // namespace

Timestamp::Timestamp(std::string_view text) : Timestamp(parse_or_throw(text)) {}

std::optional<Timestamp> Timestamp::parse(std::string_view text) noexcept { return base::parse_timestamp(text); }

std::string Timestamp::to_string() const {
  std::string text;
  base::append_timestamp(text, *this);
  return text;
}

Date::Date(std::chrono::year_month_day day) : day_(day) {
  if (!day.ok() || day.year() < std::chrono::year(1) || day.year() > std::chrono::year(9999)) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "date: must be a day of the calendar in the years 1 to 9999");
  }
}

Date::Date(std::string_view text) : day_(parse_day_or_throw(text)) {}

Date Date::today() { return Date(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())); }

std::string Date::to_string() const {
  std::string text;
  base::append_timestamp(text, Timestamp(std::chrono::sys_days(day_)));
  text.resize(std::string_view("YYYY-MM-DD").size());
  return text;
}

}  // namespace cfp
