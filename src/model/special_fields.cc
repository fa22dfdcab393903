#include "model/special_fields.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/iso8601.h"
#include "cfp/error.h"
#include "cfp/storage_keys.h"

namespace cfp::model {
namespace {

constexpr std::string_view kValue = "value";

[[noreturn]] void refuse(std::string_view name, const std::string& reason) {
  throw InvalidRecordError("data." + std::string(name) + ": " + reason);
}

// What a field is, for messages; never what it holds.
std::string found(const ScalarView& value) {
  constexpr std::array<std::string_view, std::variant_size_v<ScalarView>> kNames = {
      "null", "a bool", "an integer", "an integer above int64", "a float", "text", "an object or an array"};
  return "found " + std::string(kNames[value.index()]);
}

bool is_null(const ScalarView& value) noexcept { return std::holds_alternative<std::monostate>(value); }

Scalar to_scalar(const ScalarView& view) {
  return std::visit(
      [](const auto& value) -> Scalar {
        using Type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Type, std::string_view>) {
          return std::string(value);
        } else {
          return value;
        }
      },
      view);
}

/// A field as the value of the item; monostate for null.
Value to_value(const ScalarView& field) {
  if (is_null(field)) return {};
  if (const auto* flag = std::get_if<bool>(&field)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&field)) return *integer;
  if (const auto* real = std::get_if<double>(&field)) return *real;
  if (const auto* text = std::get_if<std::string_view>(&field)) return std::string(*text);
  refuse(kValue, "must be a bool, an integer of 64 bits, a float or text; " + found(field));
}

void check_parameters(const StoreInput& input) {
  if (const auto* text = std::get_if<std::string>(&input.value); text != nullptr && !json::is_utf8(*text)) {
    throw InvalidRecordError("value: is not valid UTF-8");
  }
  if (input.username && !json::is_utf8(*input.username)) throw InvalidRecordError("username: is not valid UTF-8");
  if (!input.timestamp) return;
  // What could not be read back later must not be written.
  if (base::parse_timestamp(input.timestamp->to_string()) != *input.timestamp) {
    throw InvalidRecordError("timestamp: must be in the years 1 to 9999, with an offset of less than 24 hours");
  }
}

}  // namespace

SpecialFields::SpecialFields(const StoreInput& input, const EncodingRules& rules, const Timestamp& now)
    : input_(input), schema_(rules.schema), now_(now), value_(copy_of(view_of(input.value))) {
  check_parameters(input);
  if (input.username) projection_.username = std::string(*input.username);
  projection_.extra.resize(schema_.size());
}

std::optional<SpecialFields::Special> SpecialFields::special(std::string_view name) noexcept {
  switch (name.empty() ? '\0' : name.front()) {
    case 't':
      return name == StorageKeys::TIMESTAMP ? std::optional(Special::timestamp) : std::nullopt;
    case 'u':
      return name == StorageKeys::USERNAME ? std::optional(Special::username) : std::nullopt;
    case 'v':
      return name == kValue ? std::optional(Special::value) : std::nullopt;
    case 's':
      if (name == StorageKeys::STATUS) return Special::status;
      return name == StorageKeys::STATUS_INT ? std::optional(Special::status_int) : std::nullopt;
    default:
      return std::nullopt;
  }
}

TopFields::Place SpecialFields::begin(std::string_view name) {
  if (const auto which = special(name)) {
    const unsigned bit = 1U << static_cast<unsigned>(*which);
    if ((seen_ & bit) != 0) refuse(name, "the name is there twice");
    seen_ |= bit;
    current_ = *which;
    return Place::replaced;
  }
  for (column_ = 0; column_ < schema_.size(); ++column_) {
    if (schema_[column_].name == name) return Place::observed;
  }
  return Place::plain;
}

void SpecialFields::observe(const ScalarView& written) { fill_column(column_, written); }

void SpecialFields::replace(const ScalarView& value, CanonicalText& text) {
  switch (current_) {
    case Special::timestamp:
      return replace_timestamp(value, text);
    case Special::status:
      return replace_status(value, text);
    case Special::status_int:
      return replace_status_int(value, text);
    case Special::username:
      return replace_username(value, text);
    case Special::value:
      return replace_value(value, text);
  }
}

void SpecialFields::finish(CanonicalText& text) {
  if (!timestamp_) write_timestamp(input_.timestamp.value_or(now_), text);
  if (projection_.username && !username_is_written_) text.append_field(StorageKeys::USERNAME, *projection_.username);
  if (!value_is_written_) write_bool_value(text);
}

void SpecialFields::refuse_misfit() const {
  if (!misfit_.empty()) throw ExtraSchemaError(misfit_);
}

void SpecialFields::replace_timestamp(const ScalarView& field, CanonicalText& text) {
  std::optional<Timestamp> given;
  if (const auto* iso = std::get_if<std::string_view>(&field)) given = base::parse_timestamp(*iso);
  if (!given && !is_null(field)) {
    refuse(StorageKeys::TIMESTAMP, "must be ISO text like 2025-01-15T10:30:00.123456+02:00, or null; " + found(field) +
                                       (std::holds_alternative<std::string_view>(field) ? " of another form" : ""));
  }
  write_timestamp(input_.timestamp ? *input_.timestamp : given.value_or(now_), text);
}

void SpecialFields::write_timestamp(const Timestamp& timestamp, CanonicalText& text) {
  timestamp_ = timestamp;
  text.append_timestamp(StorageKeys::TIMESTAMP, timestamp);
}

void SpecialFields::replace_status(const ScalarView& field, CanonicalText& text) {
  if (const auto* status = std::get_if<std::string_view>(&field)) {
    projection_.status = std::string(*status);
  } else if (!is_null(field)) {
    refuse(StorageKeys::STATUS, "must be text or null; " + found(field));
  }
  text.append_field(StorageKeys::STATUS, field);
}

void SpecialFields::replace_status_int(const ScalarView& field, CanonicalText& text) {
  const auto* number = std::get_if<std::int64_t>(&field);
  if (number != nullptr && std::in_range<std::int32_t>(*number)) {
    projection_.status_int = static_cast<std::int32_t>(*number);
  } else if (!is_null(field)) {
    refuse(StorageKeys::STATUS_INT,
           "must be an integer of 32 bits or null; " + found(field) + (number != nullptr ? " outside that range" : ""));
  }
  text.append_field(StorageKeys::STATUS_INT, field);
}

void SpecialFields::replace_username(const ScalarView& field, CanonicalText& text) {
  const auto* given = std::get_if<std::string_view>(&field);
  if (given == nullptr && !is_null(field)) refuse(StorageKeys::USERNAME, "must be text or null; " + found(field));
  if (!projection_.username && given != nullptr) projection_.username = std::string(*given);
  username_is_written_ = true;
  text.append_field(StorageKeys::USERNAME,
                    projection_.username ? ScalarView(std::string_view(*projection_.username)) : ScalarView());
}

void SpecialFields::replace_value(const ScalarView& field, CanonicalText& text) {
  Value given = to_value(field);
  if (std::holds_alternative<std::monostate>(value_)) {
    value_ = std::move(given);
  } else if (!std::holds_alternative<std::monostate>(given) && given != value_) {
    refuse(kValue, "differs from the parameter value; give one of the two");
  }
  write_bool_value(text);
}

// The columns of the tables cannot tell a bool from 0 and 1; the text can.
void SpecialFields::write_bool_value(CanonicalText& text) {
  const auto* flag = std::get_if<bool>(&value_);
  if (flag == nullptr) return;
  value_is_written_ = true;
  text.append_field(kValue, *flag);
  const auto column = std::find_if(schema_.begin(), schema_.end(), [](const Column& c) { return c.name == kValue; });
  if (column != schema_.end()) fill_column(static_cast<std::size_t>(column - schema_.begin()), *flag);
}

void SpecialFields::fill_column(std::size_t column, const ScalarView& found_value) {
  const Column& wanted = schema_[column];
  if (auto converted = convert(to_scalar(found_value), wanted.type)) {
    projection_.extra[column] = *std::move(converted);
  } else if (misfit_.empty()) {
    misfit_ = "data." + wanted.name + ": does not fit the extra_schema column of that name, which is " +
              std::string(duckdb_type(wanted.type)) + "; " + found(found_value);
  }
}

}  // namespace cfp::model
