#pragma once

// One call of store that a few small numbers stand for, so that a failing test can make it shorter, and what must be
// read back of it. The expectation is written beside the input, by the words of docs/formats/record.md, not by the
// encoder.

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "oracle/model_row.h"
#include "oracle/planned_field.h"

namespace cfp::oracle {

/// Names from a small set, so that versions grow; among them what a name may look like.
inline ModelName model_name(std::uint8_t number) {
  static const std::array<std::string, 3> keys = {"", "user", "\xf0\x9f\x98\x80 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"};
  static const std::array<std::string, 2> collections = {"", "c'; DROP TABLE storage_history; --"};
  static const std::array<std::string, 3> items = {"", "e\xcc\x81", "\xc3\xa9\n\t\"\\"};
  return {keys[number % 3], collections[number / 3 % 2], items[number / 6 % 3]};
}

struct PlannedStore {
  std::uint8_t name = 0;
  std::uint8_t value = 0;     ///< What the value is, and whether the parameter or a field of data says it.
  std::uint8_t specials = 0;  ///< A bit for each special field and parameter that is given.
  std::int64_t number = 0;
  std::vector<PlannedField> fields;

  enum Bit : unsigned { status = 1, status_int = 2, user_field = 4, user_given = 8, time_field = 16, time_given = 32 };
  [[nodiscard]] bool has(Bit bit) const { return (specials & bit) != 0; }
  [[nodiscard]] bool value_is_field() const { return value >= 128; }

  [[nodiscard]] Value stored_value() const {
    const std::array<Value, 10> all = {Value(),
                                       number % 2 == 0,
                                       number,
                                       static_cast<double>(number) / 7,
                                       "text " + std::to_string(number),
                                       std::string(),
                                       -0.0,
                                       std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<double>::quiet_NaN(),
                                       std::string("\0 2024-02-29", 12)};
    // A field cannot be NaN.
    return all[value_is_field() ? value % 8U : value % 10U];
  }
  [[nodiscard]] std::optional<Timestamp> given_time() const {
    if (!has(time_given)) return std::nullopt;
    return Timestamp(Timestamp::Micros(std::chrono::microseconds(number % 4'000'000'000'000'000)),
                     std::chrono::minutes(number % 1439));
  }
  [[nodiscard]] std::optional<std::string> given_user() const {
    return has(user_given) ? std::optional("p\xc3\xa9ter '--") : std::nullopt;
  }

  /// The JSON text to store.
  [[nodiscard]] std::string input() const {
    std::string text;
    const auto add = [&](const std::string& field, const std::string& json) {
      text += (text.empty() ? "" : " , ") + in_quotes(field) + " : " + json;
    };
    if (has(time_field)) add("timestamp", "\"2023-01-02 03:04:05.5+02\"");
    if (value_is_field()) add("value", value_text());
    for (std::size_t i = 0; i < fields.size(); ++i) add(field_name(i), fields[i].texts().first);
    if (has(status)) add("status", "\"2024-02-29\"");
    if (has(status_int)) add("status_int", std::to_string(static_cast<std::int32_t>(number)));
    if (has(user_field)) add("username", "\"ann\"");
    return "{" + text + "}";
  }

  /// What must be read when it was stored at `now`.
  [[nodiscard]] ModelVersion expected(Timestamp now) const;

 private:
  [[nodiscard]] static std::string field_name(std::size_t i) { return std::to_string(i) + "\xe2\x82\xac \"\\ name"; }
  [[nodiscard]] std::string value_text() const {
    const Value stored = stored_value();
    if (const auto* flag = std::get_if<bool>(&stored)) return *flag ? "true" : "false";
    if (const auto* integer = std::get_if<std::int64_t>(&stored)) return std::to_string(*integer);
    if (const auto* text = std::get_if<std::string>(&stored)) return in_quotes(*text);
    const auto* real = std::get_if<double>(&stored);
    return real == nullptr ? "null" : test::text_of_real(*real);
  }
};

inline ModelVersion PlannedStore::expected(Timestamp now) const {
  ModelVersion version;
  version.value = stored_value();
  version.timestamp = given_time().value_or(has(time_field) ? Timestamp("2023-01-02T03:04:05.5+02:00") : now);
  version.username = given_user();
  if (!version.username && has(user_field)) version.username = "ann";
  if (has(status)) version.status = "2024-02-29";
  if (has(status_int)) version.status_int = static_cast<std::int32_t>(number);
  const auto add = [&](const std::string& field, const std::string& json) {
    version.data += (version.data.empty() ? "" : ",") + in_quotes(field) + ":" + json;
  };
  const bool is_bool = std::holds_alternative<bool>(version.value);
  if (has(time_field)) add("timestamp", in_quotes(version.timestamp.to_string()));
  if (value_is_field() && is_bool) add("value", value_text());
  for (std::size_t i = 0; i < fields.size(); ++i) add(field_name(i), fields[i].texts().second);
  if (has(status)) add("status", in_quotes(*version.status));
  if (has(status_int)) add("status_int", std::to_string(*version.status_int));
  if (has(user_field)) add("username", in_quotes(*version.username));
  if (!has(time_field)) add("timestamp", in_quotes(version.timestamp.to_string()));
  if (!has(user_field) && version.username) add("username", in_quotes(*version.username));
  if (!value_is_field() && is_bool) add("value", value_text());
  version.data = "{" + version.data + "}";
  return version;
}

}  // namespace cfp::oracle
