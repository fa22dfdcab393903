#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cfp {

/// A moment with microseconds, and the offset from UTC it was written with.
///
/// As text it is ISO 8601: `YYYY-MM-DD`, or that + (`T` or space) + `hh:mm[:ss[.f{1,6}]]` + optional `Z` or
/// `+-hh[:mm]`. Text without an offset means UTC. Years 1 to 9999.
class Timestamp {
 public:
  using Micros = std::chrono::sys_time<std::chrono::microseconds>;

  constexpr Timestamp() = default;
  constexpr Timestamp(Micros utc, std::chrono::minutes offset = {}) : utc_(utc), offset_(offset) {}
  /// Parses ISO text. Throws InvalidRecordError when the text is no timestamp.
  Timestamp(std::string_view text);
  Timestamp(const std::string& text) : Timestamp(std::string_view(text)) {}
  Timestamp(const char* text) : Timestamp(std::string_view(text)) {}
  /// The same without throwing: nullopt when the text is no timestamp. For text that need not be one.
  [[nodiscard]] static std::optional<Timestamp> parse(std::string_view text) noexcept;

  [[nodiscard]] constexpr Micros utc() const noexcept { return utc_; }
  [[nodiscard]] constexpr std::chrono::minutes offset() const noexcept { return offset_; }
  /// ISO text with the offset: "2025-01-15T10:30:00+00:00", with six digits of a fraction where there is one.
  [[nodiscard]] std::string to_string() const;

  friend constexpr bool operator==(const Timestamp&, const Timestamp&) = default;

 private:
  Micros utc_{};
  std::chrono::minutes offset_{};
};

/// The date a store is opened with: it names the directory of log segments and backups, nothing else.
class Date {
 public:
  /// Throws CollectionFastPersistError (invalid_argument) unless the day exists and the year is 1 to 9999.
  Date(std::chrono::year_month_day day);
  Date(std::chrono::sys_days day) : Date(std::chrono::year_month_day(day)) {}
  /// Exactly `YYYY-MM-DD`.
  Date(std::string_view text);
  Date(const std::string& text) : Date(std::string_view(text)) {}
  Date(const char* text) : Date(std::string_view(text)) {}

  /// Today in UTC.
  static Date today();

  [[nodiscard]] std::chrono::year_month_day day() const noexcept { return day_; }
  /// `YYYY-MM-DD`.
  [[nodiscard]] std::string to_string() const;

  // NOLINTNEXTLINE(modernize-use-nullptr): it takes the 0 within for a pointer
  friend auto operator<=>(const Date&, const Date&) = default;

 private:
  std::chrono::year_month_day day_;
};

}  // namespace cfp
