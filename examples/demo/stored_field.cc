#include "stored_field.h"

#include <charconv>

namespace demo {

cfp::CollectionConfig config() {
  cfp::CollectionConfig config;
  config.normalize_datetimes = false;
  // A million records come in minutes, not over a day: larger segments and batches.
  config.max_wal_size = 64 * 1024 * 1024;
  config.batch_size = 20'000;
  return config;
}

cfp::Value value_of(const Field& field) {
  std::int64_t number = 0;
  const char* const end = field.text.data() + field.text.size();
  const auto [rest, error] = std::from_chars(field.text.data(), end, number);
  // "007", "-0" and "+1" are text: as numbers they would not come back as written.
  if (error == std::errc() && rest == end && std::to_string(number) == field.text) return number;
  return std::string(field.text);
}

cfp::Data data_of(const Field& field) { return cfp::Data().set("raw", field.text).set("line", field.line); }

std::string difference(const cfp::Record& record, const Field& field) {
  const cfp::Value value = value_of(field);
  if (record.item_name() != field.name) return "item name is " + std::string(record.item_name());
  if (record.value().index() != value.index()) return "type of the value differs";
  if (record.value() != value) return "value differs";
  const cfp::Data data = record.data();
  if (data.get_string("raw") != field.text) return "raw text differs";
  if (data.get_int("line") != field.line) return "line differs";
  return {};
}

std::string name_of(const Field& field) {
  return std::string(field.package) + " / " + std::string(field.section) + " / " + std::string(field.name) + " (line " +
         std::to_string(field.line) + ")";
}

}  // namespace demo
