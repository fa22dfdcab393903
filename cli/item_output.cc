#include "item_output.h"

#include <array>
#include <charconv>
#include <cmath>

#include "printable.h"

namespace cfp::cli {
namespace {

std::string float_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  std::array<char, 32> digits{};
  std::string text(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void set_record(Data& object, const Record& record) {
  set_value(object, record.value());
  object.set_json("data", record.data_text());
  object.set("version", std::int64_t{record.version()});
  object.set("sequence", record.sequence());
  if (const auto timestamp = record.timestamp()) {
    object.set("timestamp", *timestamp);
  } else {
    object.set("timestamp", nullptr);
  }
  object.set("updated_at", record.updated_at());
}

std::vector<Table::Column> item_columns(bool with_collection) {
  std::vector<Table::Column> columns;
  if (with_collection) columns.push_back({"COLLECTION"});
  columns.push_back({"ITEM"});
  columns.push_back({"VALUE"});
  columns.push_back({"VERSION", Table::Align::right});
  columns.push_back({"UPDATED"});
  columns.push_back({"DATA"});
  return columns;
}

}  // namespace

void set_value(Data& object, const Value& value) {
  if (const auto* const number = std::get_if<double>(&value)) {
    if (!std::isfinite(*number)) {
      object.set("value", float_text(*number)).set("value_type", "float");
      return;
    }
    object.set("value", *number);
  } else if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
    object.set("value", *integer);
  } else if (const auto* const flag = std::get_if<bool>(&value)) {
    object.set("value", *flag);
  } else if (const auto* const text = std::get_if<std::string>(&value)) {
    object.set("value", *text);
  } else {
    object.set("value", nullptr);
  }
}

void set_optional(Data& object, const char* name, const std::optional<std::string>& text) {
  if (text) {
    object.set(name, *text);
  } else {
    object.set(name, nullptr);
  }
}

Data item_object(const std::string& key, const std::string& collection_name, const Record& record) {
  Data object;
  object.set("key", key).set("collection_name", collection_name).set("item_name", record.item_name());
  set_record(object, record);
  return object;
}

Data version_object(const std::string& key, const std::string& collection_name, const ItemVersion& version) {
  Data object = item_object(key, collection_name, version.record);
  object.set("deleted", version.deleted);
  set_optional(object, "username", version.username);
  set_optional(object, "reason", version.reason);
  set_optional(object, "request_id", version.request_id);
  if (version.batch == 0) {
    object.set("batch", nullptr);
  } else {
    object.set("batch", version.batch);
  }
  return object;
}

std::string value_text(const Value& value) {
  if (const auto* const number = std::get_if<double>(&value)) return float_text(*number);
  if (const auto* const integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  if (const auto* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* const text = std::get_if<std::string>(&value)) return printable_name(*text);
  return "";
}

std::string time_text(const Timestamp& time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.utc());
  std::string text = Timestamp(seconds).to_string();
  text.resize(19);
  text[10] = ' ';
  return text + "Z";
}

std::string time_text(const std::optional<Timestamp>& time) { return time ? time_text(*time) : ""; }

std::string place_text(const std::string& key, const std::string& collection_name, const std::string& item_name) {
  return printable_name(key) + "/" + printable_name(collection_name) + "/" + printable_name(item_name);
}

void write_item(Console& console, const std::string& key, const std::string& collection_name, const Record& record) {
  Fields fields;
  fields.add("key", printable_name(key));
  fields.add("collection", printable_name(collection_name));
  fields.add("item", printable_name(record.item_name()));
  fields.add("value", console.paint(Style::cyan, value_text(record.value())));
  fields.add("data", printable(record.data_text()));
  fields.add("version", std::to_string(record.version()));
  fields.add("sequence", std::to_string(record.sequence()));
  if (const auto timestamp = record.timestamp()) fields.add("timestamp", timestamp->to_string());
  fields.add("updated", record.updated_at().to_string());
  fields.write(console);
}

ItemTable::ItemTable(Console& console, std::string key, bool with_collection)
    : console_(console),
      key_(std::move(key)),
      with_collection_(with_collection),
      table_(console, item_columns(with_collection)) {}

void ItemTable::add(const std::string& collection_name, const Record& record) {
  if (console_.json()) {
    console_.object(item_object(key_, collection_name, record));
    return;
  }
  std::vector<std::string> cells;
  if (with_collection_) cells.push_back(printable_name(collection_name));
  cells.push_back(printable_name(record.item_name()));
  cells.push_back(value_text(record.value()));
  cells.push_back(std::to_string(record.version()));
  cells.push_back(time_text(record.updated_at()));
  cells.push_back(printable(record.data_text()));
  table_.add(std::move(cells));
}

void ItemTable::finish() {
  if (!console_.json()) table_.finish();
}

}  // namespace cfp::cli
