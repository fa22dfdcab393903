#include "engine/imported_row.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "cfp/error.h"
#include "cfp/storage_keys.h"

namespace cfp::engine {
namespace {

/// What the columns may be. Of an exported file there are more, which the store computes.
enum class Column {
  key,
  collection_name,
  item_name,
  data,
  value,
  value_int,
  value_float,
  value_string,
  timestamp,
  username,
  reason,
  operation,
  sequence,
  count
};
constexpr std::size_t kColumns = static_cast<std::size_t>(Column::count);

constexpr std::array<std::pair<std::string_view, Column>, kColumns + 1> kNames = {{
    {"key", Column::key},
    {"collection_name", Column::collection_name},
    {"item_name", Column::item_name},
    {"data", Column::data},
    {"value", Column::value},
    {"value_int", Column::value_int},
    {"value_float", Column::value_float},
    {"value_string", Column::value_string},
    {"timestamp", Column::timestamp},
    {"username", Column::username},
    {"reason", Column::reason},
    {"cfp_reason", Column::reason},
    {"cfp_op", Column::operation},
    {"cfp_seq", Column::sequence},
}};

[[noreturn]] void refuse(std::string_view column, const std::string& why) {
  throw InvalidRecordError("column '" + std::string(column) + "' " + why);
}

/// A row with its known columns found.
class Row {
 public:
  explicit Row(std::string_view text) : fields_(fields_of(text)) {
    const json::Field* unknown = nullptr;
    for (const json::Field& field : fields_) {
      const auto* const known =
          std::find_if(kNames.begin(), kNames.end(), [&](const auto& name) { return name.first == field.name; });
      if (known == kNames.end()) {
        unknown = &field;
        continue;
      }
      const json::Field*& place = columns_[static_cast<std::size_t>(known->second)];
      if (place != nullptr) refuse(field.name, "is there twice (cfp_reason and reason are the same one)");
      place = &field;
    }
    if (unknown != nullptr && columns_[static_cast<std::size_t>(Column::sequence)] == nullptr) {
      refuse(unknown->name,
             "is none that an import knows; rename it, or make it a field of data. Known are key, collection_name, "
             "item_name, data, value, value_int, value_float, value_string, timestamp, username, reason and cfp_op");
    }
  }

  /// Nothing where it is not there, or null.
  [[nodiscard]] const json::Field* find(Column column) const {
    const json::Field* const field = columns_[static_cast<std::size_t>(column)];
    return field == nullptr || field->kind == json::Kind::null ? nullptr : field;
  }
  [[nodiscard]] std::optional<std::string> text(Column column) const {
    const json::Field* const field = find(column);
    if (field == nullptr) return std::nullopt;
    if (field->kind != json::Kind::string) refuse(field->name, "is no text");
    return json::unquote(field->raw);
  }

 private:
  static json::Fields fields_of(std::string_view text) {
    try {
      return json::Fields(text);
    } catch (const json::Error&) {
      throw InvalidRecordError("the row is no JSON object");
    }
  }
  json::Fields fields_;
  std::array<const json::Field*, kColumns> columns_{};
};

/// The text of a number, which CSV has between quotes.
std::string number_text(const json::Field& field) {
  if (field.kind == json::Kind::number) return std::string(field.raw);
  if (field.kind != json::Kind::string) refuse(field.name, "is no number");
  return json::unquote(field.raw);
}

double read_real(const json::Field& field) {
  const std::string text = number_text(field);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);  // "nan" and "inf", too
  if (error != std::errc() || end != text.data() + text.size()) refuse(field.name, "is no number: " + text);
  return value;
}

std::int64_t read_integer(const json::Field& field) {
  const std::string text = number_text(field);
  const auto value = json::to_int64(text);
  if (!value) refuse(field.name, "is no integer of 64 bits: " + text);
  return *value;
}

Value read_scalar(const json::Field& field) {
  switch (field.kind) {
    case json::Kind::boolean:
      return field.raw == "true";
    case json::Kind::string:
      return json::unquote(field.raw);
    case json::Kind::number:
      if (const auto integer = json::to_int64(field.raw)) return *integer;
      return read_real(field);
    default:
      refuse(field.name, "is neither a text, a number nor a bool");
  }
}

Value read_value(const Row& row, const Data& data) {
  Value value;
  int given = 0;
  if (const auto* const field = row.find(Column::value)) value = read_scalar(*field), ++given;
  if (const auto* const field = row.find(Column::value_int)) value = read_integer(*field), ++given;
  if (const auto* const field = row.find(Column::value_float)) value = read_real(*field), ++given;
  if (const auto text = row.text(Column::value_string)) value = *text, ++given;
  if (given > 1) throw InvalidRecordError("more than one of value, value_int, value_float and value_string is given");
  // A bool is 0 or 1 in its column, and itself in data.
  const auto* const integer = std::get_if<std::int64_t>(&value);
  const auto flag = integer == nullptr ? std::nullopt : data.get_bool("value");
  if (flag && *integer == static_cast<std::int64_t>(*flag)) return *flag;
  return value;
}

Data read_data(const Row& row) {
  const json::Field* const field = row.find(Column::data);
  if (field == nullptr) return {};
  if (field->kind == json::Kind::object) return {std::string(field->raw)};
  if (field->kind != json::Kind::string) refuse("data", "is neither an object nor the text of one");
  return {json::unquote(field->raw)};
}

std::optional<Timestamp> read_timestamp(const Row& row) {
  const auto text = row.text(Column::timestamp);
  if (!text) return std::nullopt;
  const auto timestamp = Timestamp::parse(*text);
  if (!timestamp) refuse("timestamp", "is no ISO 8601 date and time: " + *text);
  return timestamp;
}

bool deletes(const Row& row) {
  const auto operation = row.text(Column::operation);
  if (operation && *operation != "store" && *operation != "delete") {
    refuse("cfp_op", "is neither store nor delete: " + *operation);
  }
  return operation == "delete";
}

}  // namespace

Batch::Change imported_change(std::string_view text) {
  const Row row(text);
  Batch::Change change;
  change.deletes = deletes(row);
  const auto key = row.text(Column::key);
  if (!key) refuse("key", "is missing");
  change.key = *key;
  change.collection_name = row.text(Column::collection_name).value_or("");
  change.item_name = row.text(Column::item_name).value_or("");
  change.options.reason = row.text(Column::reason);
  if (change.deletes) {
    change.username = row.text(Column::username);
    return change;
  }
  change.data = read_data(row);
  change.value = read_value(row, change.data);
  // What was stored is in data, the timestamp with its offset; its column is the same in UTC.
  if (!change.data.contains(StorageKeys::TIMESTAMP)) change.timestamp = read_timestamp(row);
  if (!change.data.contains(StorageKeys::USERNAME)) change.username = row.text(Column::username);
  return change;
}

}  // namespace cfp::engine
