#include "model/layout.h"

#include <algorithm>
#include <charconv>

#include "base/iso8601.h"

namespace cfp::model {
namespace {

constexpr std::string_view kSegmentPrefix = "wal_";
constexpr std::string_view kSegmentExtension = ".jsonl";
constexpr std::size_t kSegmentDigits = 6;
constexpr std::size_t kMostSegmentDigits = 18;  // fits any 64-bit number, with room for counting on

}  // namespace

std::string date_lock_file(const Date& date) { return std::string(kLockFile) + "_" + date.to_string(); }

std::string segment_file(std::uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kSegmentDigits) digits.insert(0, kSegmentDigits - digits.size(), '0');
  return std::string(kSegmentPrefix) + digits + std::string(kSegmentExtension);
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
  if (!name.starts_with(kSegmentPrefix)) return std::nullopt;
  const std::string_view rest = name.substr(kSegmentPrefix.size());
  const std::size_t count = std::min(rest.find_first_not_of("0123456789"), rest.size());
  if (count < kSegmentDigits || count > kMostSegmentDigits) return std::nullopt;
  // A number with more zeros in front than ours is not a name we give: two files must not have one number.
  if (count > kSegmentDigits && rest.front() == '0') return std::nullopt;
  std::string_view suffix = rest.substr(count);
  if (!suffix.starts_with(kSegmentExtension)) return std::nullopt;
  suffix.remove_prefix(kSegmentExtension.size());
  if (!suffix.empty() && suffix.front() != '.') return std::nullopt;
  std::uint64_t number = 0;
  std::from_chars(rest.data(), rest.data() + count, number);
  return SegmentName{number, std::string(suffix)};
}

std::optional<Date> parse_date_directory(std::string_view name) {
  const auto day = base::parse_date(name);
  return day ? std::optional<Date>(*day) : std::nullopt;
}

}  // namespace cfp::model
