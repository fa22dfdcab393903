#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cfp/timestamp.h"

namespace cfp {

/// The typed value of an item. A bool is kept in the column value_int as 0 or 1 and comes back as a bool.
/// NaN and infinities are allowed. Text is UTF-8.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// A JSON object: the custom data of an item. The order of fields is kept, and integers are kept exactly.
///
/// Build it field by field, or from text. Text is checked when it is stored, or at once by `parse`.
/// Getters return nullopt when the field is missing or has another type; they read the text on each call.
/// Threads: a const Data may be read by any number of threads.
class Data {
 public:
  /// The empty object.
  Data() : text_("{}") {}
  /// Takes JSON text as it is; `store` refuses it when it is not an acceptable object.
  Data(std::string json) : text_(std::move(json)) {}
  Data(std::string_view json) : text_(json) {}
  Data(const char* json) : text_(json) {}
  /// Throws InvalidRecordError, with the path of the offending field, unless `json` is an acceptable object:
  /// valid UTF-8, no duplicate field names, no number outside int64/uint64/double, nesting of at most 100.
  static Data parse(std::string_view json);

  /// Appends a field. A name that is there already is refused by `store`, not here.
  Data& set(std::string_view name, std::nullptr_t);
  Data& set(std::string_view name, bool value);
  Data& set(std::string_view name, int value) { return set(name, static_cast<std::int64_t>(value)); }
  Data& set(std::string_view name, std::int64_t value);
  Data& set(std::string_view name, std::uint64_t value);
  /// Throws InvalidRecordError for NaN and infinities: JSON has none.
  Data& set(std::string_view name, double value);
  Data& set(std::string_view name, std::string_view value);
  Data& set(std::string_view name, const std::string& value) { return set(name, std::string_view(value)); }
  Data& set(std::string_view name, const char* value) { return set(name, std::string_view(value)); }
  Data& set(std::string_view name, const Timestamp& value) { return set(name, std::string_view(value.to_string())); }
  /// Appends an object or, by `set_json`, any JSON text; throws InvalidRecordError when it is not one JSON value.
  Data& set(std::string_view name, const Data& value) { return set_json(name, value.text()); }
  Data& set_json(std::string_view name, std::string_view json);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// Names of the fields in order. Throws InvalidRecordError when the text is no JSON object; so do all getters.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] std::optional<bool> get_bool(std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> get_int(std::string_view name) const;
  /// Integers count as well.
  [[nodiscard]] std::optional<double> get_double(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> get_string(std::string_view name) const;
  /// A text field that is a timestamp in the sense of `Timestamp`.
  [[nodiscard]] std::optional<Timestamp> get_timestamp(std::string_view name) const;
  /// The JSON text of a field, whatever its type.
  [[nodiscard]] std::optional<std::string> get_json(std::string_view name) const;

  friend bool operator==(const Data&, const Data&) = default;

 private:
  std::string text_;
};

}  // namespace cfp
