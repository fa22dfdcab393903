#include "units.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace cfp::cli {
namespace {

std::string with_digits(double number, int digits, const char* unit) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", digits, number, unit);
  return text.data();
}

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 0) return "0 s";
  if (seconds < 120) return with_digits(seconds, 0, "s");
  if (seconds < 2.0 * 3600) return with_digits(seconds / 60, 0, "min");
  if (seconds < 48.0 * 3600) return with_digits(seconds / 3600, 0, "h");
  return with_digits(seconds / 86'400, 0, "days");
}

std::string age_of(const Timestamp& moment) {
  return duration_text(std::chrono::duration<double>(std::chrono::system_clock::now() - moment.utc()).count());
}

std::string bytes_text(std::uint64_t bytes) {
  static constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double number = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (number >= 1024 && unit + 1 < std::size(kUnits)) {
    number /= 1024;
    ++unit;
  }
  return with_digits(number, unit == 0 ? 0 : 1, kUnits[unit]);
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string latency_text(double seconds) {
  if (seconds < 1e-3) return with_digits(seconds * 1e6, 0, "us");
  if (seconds < 1) return with_digits(seconds * 1e3, 2, "ms");
  return with_digits(seconds, 2, "s");
}

std::string plural(std::uint64_t count, const std::string& noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace cfp::cli
