#include "base/iso8601.h"

#include <cstdlib>

namespace cfp::base {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr Timestamp::Micros kFirst = sys_days(year(1) / 1 / 1);
constexpr Timestamp::Micros kEnd = sys_days(year(10000) / 1 / 1);
constexpr std::size_t kDateSize = 10;     // YYYY-MM-DD
constexpr std::size_t kLongestSize = 32;  // 2025-01-15T10:30:00.123456+00:00
constexpr int kFractionDigits = 6;

/// Takes parts off the front of a text; a part that is not there sets `ok` to false for good.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  bool take(char c) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void expect(char c) noexcept { ok = take(c) && ok; }
  int digits(std::size_t count) noexcept {
    if (rest.size() < count) {
      ok = false;
      return 0;
    }
    int number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = rest[i];
      if (c < '0' || c > '9') ok = false;
      number = number * 10 + (c - '0');
    }
    rest.remove_prefix(count);
    return number;
  }
  int digits_below(int bound) noexcept {
    const int number = digits(2);
    if (number >= bound) ok = false;
    return number;
  }
};

year_month_day scan_date(Scanner& in) noexcept {
  const int y = in.digits(4);
  in.expect('-');
  const int m = in.digits(2);
  in.expect('-');
  const int d = in.digits(2);
  if (!in.ok) return {};
  const year_month_day day(year(y), std::chrono::month(static_cast<unsigned>(m)),
                           std::chrono::day(static_cast<unsigned>(d)));
  if (y < 1 || !day.ok()) in.ok = false;
  return day;
}

microseconds scan_fraction(Scanner& in) noexcept {
  int micros = 0;
  int count = 0;
  while (count < kFractionDigits && !in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    micros = micros * 10 + in.digits(1);
    ++count;
  }
  if (count == 0) in.ok = false;
  for (; count < kFractionDigits; ++count) micros *= 10;
  return microseconds(micros);
}

microseconds scan_time(Scanner& in) noexcept {
  microseconds time = hours(in.digits_below(24));
  in.expect(':');
  time += minutes(in.digits_below(60));
  if (!in.take(':')) return time;
  time += seconds(in.digits_below(60));
  if (in.take('.')) time += scan_fraction(in);
  return time;
}

minutes scan_offset(Scanner& in) noexcept {
  if (in.rest.empty() || in.take('Z')) return minutes(0);
  const bool negative = in.take('-');
  if (!negative) in.expect('+');
  minutes offset = hours(in.digits_below(24));
  if (in.take(':')) offset += minutes(in.digits_below(60));
  return negative ? -offset : offset;
}

/// The text of one timestamp. Every record has three, so they are not put together by std::string.
class Text {
 public:
  void add(char c) noexcept { text_[size_++] = c; }
  /// `number` is of `width` digits, but for years and offsets outside the domain.
  void add_digits(std::int64_t number, std::size_t width) noexcept {
    if (number < 0) add('-');
    const std::int64_t positive = std::abs(number);
    for (std::int64_t limit = power_of_10(width); width < kMostDigits && positive >= limit; limit *= 10) ++width;
    std::int64_t left = positive;
    for (std::size_t i = width; i > 0; --i, left /= 10) text_[size_ + i - 1] = static_cast<char>('0' + left % 10);
    size_ += width;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }

 private:
  static constexpr std::size_t kMostDigits = 18;
  static constexpr std::int64_t power_of_10(std::size_t exponent) noexcept {
    std::int64_t power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
  }

  char text_[64];
  std::size_t size_ = 0;
};

}  // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) noexcept {
  // Nearly all text is refused by these two bytes.
  if (text.size() < kDateSize || text.size() > kLongestSize || text[4] != '-' || text[7] != '-') return std::nullopt;
  Scanner in{text};
  const year_month_day day = scan_date(in);
  if (!in.ok) return std::nullopt;
  Timestamp::Micros local = sys_days(day);
  minutes offset(0);
  if (!in.rest.empty()) {
    if (!in.take('T')) in.expect(' ');
    local += scan_time(in);
    offset = scan_offset(in);
  }
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  const Timestamp::Micros utc = local - offset;
  if (utc < kFirst || utc >= kEnd) return std::nullopt;
  return Timestamp(utc, offset);
}

std::optional<year_month_day> parse_date(std::string_view text) noexcept {
  Scanner in{text};
  const year_month_day day = scan_date(in);
  if (!in.ok || !in.rest.empty()) return std::nullopt;
  return day;
}

void append_timestamp(std::string& out, const Timestamp& timestamp) {
  const Timestamp::Micros local = timestamp.utc() + timestamp.offset();
  const auto midnight = std::chrono::floor<days>(local);
  const year_month_day day(midnight);
  const std::chrono::hh_mm_ss time(local - midnight);
  Text text;
  text.add_digits(int(day.year()), 4);
  text.add('-');
  text.add_digits(unsigned(day.month()), 2);
  text.add('-');
  text.add_digits(unsigned(day.day()), 2);
  text.add('T');
  text.add_digits(time.hours().count(), 2);
  text.add(':');
  text.add_digits(time.minutes().count(), 2);
  text.add(':');
  text.add_digits(time.seconds().count(), 2);
  if (time.subseconds().count() != 0) {
    text.add('.');
    text.add_digits(time.subseconds().count(), kFractionDigits);
  }
  const std::int64_t offset = timestamp.offset().count();
  text.add(offset < 0 ? '-' : '+');
  text.add_digits(std::abs(offset) / 60, 2);
  text.add(':');
  text.add_digits(std::abs(offset) % 60, 2);
  out += text.view();
}

}  // namespace cfp::base
