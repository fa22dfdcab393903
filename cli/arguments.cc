#include "arguments.h"

#include <charconv>
#include <cstdlib>

#include "cfp/config.h"
#include "cfp/error.h"

namespace cfp::cli {
namespace {

template <class Number>
std::optional<Number> read_number(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

}  // namespace

std::vector<std::string> Arguments::all(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::optional<std::string> Arguments::text(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second.back());
}

std::string Arguments::required(const std::string& name) const {
  auto value = text(name);
  if (!value) throw UsageError(name + " is missing.");
  return *value;
}

std::optional<std::uint64_t> Arguments::number(const std::string& name, std::uint64_t least) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto number = read_number<std::uint64_t>(*value);
  if (!number || *number < least) {
    throw UsageError(name + " takes a whole number of " + std::to_string(least) + " or more, not '" + *value + "'.");
  }
  return number;
}

std::optional<std::uint32_t> Arguments::version(const std::string& name) const {
  const auto value = number(name);
  if (!value) return std::nullopt;
  if (*value > 0x7FFFFFFFU) throw UsageError(name + " takes the version of an item, and none is as high as that.");
  return static_cast<std::uint32_t>(*value);
}

std::optional<double> Arguments::seconds(const std::string& name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto seconds = read_number<double>(*value);
  if (!seconds || !(*seconds > 0) || *seconds > 1e9) {
    throw UsageError(name + " takes seconds, a number above 0, not '" + *value + "'.");
  }
  return seconds;
}

std::optional<Timestamp> Arguments::time(const std::string& name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  auto time = Timestamp::parse(*value);
  if (!time) {
    throw UsageError(name + " takes an ISO 8601 date or time, as 2026-01-02 or 2026-01-02T03:04:05+01:00, not '" +
                     *value + "'.");
  }
  return time;
}

std::optional<AsOf> Arguments::moment(const std::string& name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  if (value->find_first_not_of("0123456789") == std::string::npos) return AsOf(*number(name));
  return AsOf(*time(name));
}

std::filesystem::path Arguments::base_dir() const {
  if (const auto given = text("--base-dir")) {
    if (given->empty()) throw UsageError("--base-dir takes the directory of a store; it is empty.");
    return *given;
  }
  const char* const environment = std::getenv("CFP_BASE_DIR");
  if (environment != nullptr && *environment != '\0') return environment;
  return CollectionConfig().base_dir;
}

std::string Arguments::program() const { return "cfp --base-dir " + shell_word(base_dir().string()); }

std::string shell_word(const std::string& text) {
  static constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace cfp::cli
