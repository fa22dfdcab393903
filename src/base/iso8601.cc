#include "base/iso8601.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>

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
constexpr std::size_t kTimestampRoom = 64;

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
  template <std::size_t count>
  int digits() noexcept {
    if (rest.size() < count) {
      ok = false;
      return 0;
    }
    int number = 0;
    bool are_digits = true;
    for (std::size_t i = 0; i < count; ++i) {
      const int digit = rest[i] - '0';
      are_digits = are_digits && static_cast<unsigned>(digit) < 10;
      number = number * 10 + digit;
    }
    ok = ok && are_digits;
    rest.remove_prefix(count);
    return number;
  }
  int digits_below(int bound) noexcept {
    const int number = digits<2>();
    if (number >= bound) ok = false;
    return number;
  }
};

year_month_day scan_date(Scanner& in) noexcept {
  const int y = in.digits<4>();
  in.expect('-');
  const int m = in.digits<2>();
  in.expect('-');
  const int d = in.digits<2>();
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
    micros = micros * 10 + in.digits<1>();
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

/// Writes the parts of a timestamp; every record has three of them, so nothing is allocated or asked for twice.
class Writer {
 public:
  explicit Writer(char* to) noexcept : to_(to) {}

  void add(char c) noexcept { *to_++ = c; }
  void add_two_digits(std::int64_t number) noexcept {
    if (number < 0 || number > 99) return add_unusual(number, 2);
    std::memcpy(to_, &kPairs[2 * static_cast<std::size_t>(number)], 2);
    to_ += 2;
  }
  void add_year(std::int64_t number) noexcept {
    if (number < 0 || number > 9999) return add_unusual(number, 4);
    add_two_digits(number / 100);
    add_two_digits(number % 100);
  }
  void add_micros(std::uint32_t number) noexcept {
    add_two_digits(number / 10000);
    add_two_digits(number / 100 % 100);
    add_two_digits(number % 100);
  }
  [[nodiscard]] char* end() const noexcept { return to_; }

 private:
  static constexpr std::array<char, 200> kPairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
      pairs[2 * i] = static_cast<char>('0' + i / 10);
      pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
  }();
  /// Of years and offsets outside the domain.
  void add_unusual(std::int64_t number, std::size_t width) noexcept {
    char digits[24];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, std::abs(number));
    const auto size = static_cast<std::size_t>(end - digits);
    if (number < 0) add('-');
    for (std::size_t zeros = size; zeros < width; ++zeros) add('0');
    for (const char digit : std::string_view(digits, size)) add(digit);
  }

  char* to_;
};

/// Returns the end of what it wrote, at most kTimestampRoom bytes.
char* write_timestamp(char* to, const Timestamp& timestamp) noexcept {
  const Timestamp::Micros local = timestamp.utc() + timestamp.offset();
  const auto midnight = std::chrono::floor<days>(local);
  const year_month_day day(midnight);
  const auto micros = static_cast<std::uint64_t>((local - midnight).count());
  const auto of_day = static_cast<std::uint32_t>(micros / 1'000'000);
  const auto fraction = static_cast<std::uint32_t>(micros % 1'000'000);
  Writer text(to);
  text.add_year(int(day.year()));
  text.add('-');
  text.add_two_digits(unsigned(day.month()));
  text.add('-');
  text.add_two_digits(unsigned(day.day()));
  text.add('T');
  text.add_two_digits(of_day / 3600);
  text.add(':');
  text.add_two_digits(of_day / 60 % 60);
  text.add(':');
  text.add_two_digits(of_day % 60);
  if (fraction != 0) {
    text.add('.');
    text.add_micros(fraction);
  }
  const std::int64_t offset = timestamp.offset().count();
  text.add(offset < 0 ? '-' : '+');
  text.add_two_digits(std::abs(offset) / 60);
  text.add(':');
  text.add_two_digits(std::abs(offset) % 60);
  return text.end();
}

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

void append_timestamp(TextBuffer& out, const Timestamp& timestamp) {
  out.take_up_to(write_timestamp(out.room(kTimestampRoom), timestamp));
}

void append_timestamp(std::string& out, const Timestamp& timestamp) {
  char text[kTimestampRoom];
  out.append(text, write_timestamp(text, timestamp));
}

}  // namespace cfp::base
