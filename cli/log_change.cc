#include "log_change.h"

#include <array>

#include "cfp/error.h"
#include "item_output.h"
#include "printable.h"

namespace cfp::cli {
namespace {

std::string text_of(const Data& line, const char* field) { return line.get_string(field).value_or(""); }

std::string described(const Data& line, Console& console) {
  const auto at = line.get_timestamp("updated_at");
  const std::string sequence = line.get_json("sequence").value_or("?");
  const bool deleted = line.get_string("operation") == "delete";
  const std::string place =
      place_text(text_of(line, "key"), text_of(line, "collection_name"), text_of(line, "item_name"));
  std::string text = console.paint(Style::dim, sequence + "  " + (at ? time_text(*at) : "")) + "  ";
  text += deleted ? console.paint(Style::red, "delete") : console.paint(Style::green, "store ");
  text += "  " + console.paint(Style::cyan, place);
  if (deleted) return text;
  const std::string value = line.get_json("value").value_or("null");
  if (value != "null") text += " = " + printable(value);
  return text + "  " + console.paint(Style::dim, printable(line.get_json("data").value_or("")));
}

}  // namespace

std::string log_line_text(const std::string& line, Console& console) {
  try {
    return described(Data(line), console);
  } catch (const InvalidRecordError&) {
    return console.paint(Style::red, "damaged line:") + " " + printable(line);
  }
}

Data change_of_log_line(const std::string& line) {
  static constexpr std::array kFields = {"sequence",   "operation", "key",      "collection_name", "item_name",
                                         "value",      "data",      "username", "timestamp",       "updated_at",
                                         "value_type", "batch",     "reason",   "request_id"};
  const Data record(line);
  Data change;
  for (const char* const field : kFields) {
    if (const auto json = record.get_json(field)) change.set_json(field, *json);
  }
  return change;
}

}  // namespace cfp::cli
