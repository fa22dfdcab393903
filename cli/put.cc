#include <charconv>
#include <iostream>
#include <iterator>

#include "command.h"
#include "exit_code.h"
#include "item_output.h"
#include "names.h"
#include "opened_store.h"

namespace cfp::cli {
namespace {

template <class Number>
std::optional<Number> whole(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// As `--type` says; by default what the text looks like.
Value typed_value(const std::string& text, const std::string& type) {
  if (type == "string") return text;
  if ((type == "bool" || type == "auto") && (text == "true" || text == "false")) return text == "true";
  if (type == "int" || type == "auto") {
    if (const auto number = whole<std::int64_t>(text)) return *number;
  }
  // Digits that are too many for an integer stay text, so that none is lost.
  const bool is_digits = text.find_first_not_of("-0123456789") == std::string::npos;
  if (type == "float" || (type == "auto" && !is_digits && text.find_first_of("0123456789") != std::string::npos)) {
    if (const auto number = whole<double>(text)) return *number;
  }
  if (type == "auto") return text;
  throw UsageError("--value is '" + text + "', which is no " + type + ".");
}

Data read_data(const Arguments& arguments) {
  std::string text = arguments.text("DATA").value_or("{}");
  if (text == "-") text.assign(std::istreambuf_iterator<char>(std::cin), {});
  try {
    return Data::parse(text);
  } catch (const InvalidRecordError& error) {
    throw UsageError("DATA is no JSON object such as '{\"label\":\"Age\"}' (" + std::string(error.what()) +
                     "); what is not one is stored by --value.");
  }
}

int run_put(const Arguments& arguments, Console& console) {
  const ItemNames names(arguments);
  Value value;
  if (const auto text = arguments.text("--value")) {
    value = typed_value(*text, arguments.text("--type").value_or("auto"));
  }
  const ChangeOptions options = change_options_of(arguments);
  const auto timestamp = arguments.time("--timestamp");
  const Data data = read_data(arguments);  // before a store is made for it
  const auto store = open_to_write(arguments, console, Missing::make);
  const std::uint64_t sequence = store->store(names.key, data, names.item, names.collection, value, timestamp,
                                              arguments.text("--username"), options);
  const auto record = store->get_item(names.key, names.collection, names.item);
  store->close();
  const std::int64_t version = record ? record->version() : 0;
  if (console.json()) {
    console.object(Data()
                       .set("key", names.key)
                       .set("collection_name", names.collection)
                       .set("item_name", names.item)
                       .set("sequence", sequence)
                       .set("version", version));
  } else {
    console.line(place_text(names.key, names.collection, names.item) + " stored, version " + std::to_string(version) +
                 ", sequence " + std::to_string(sequence));
  }
  return kOk;
}

}  // namespace

Command put_command() {
  Command command{.name = "put", .summary = "Store one item; a store that is not there is made.", .run = run_put};
  command.options = joined(
      joined(
          name_options(3),
          {{.names = "DATA", .help = "Its data, a JSON object; - reads it from standard input. Default: {}."},
           {.names = "-v,--value", .help = "Its value.", .value = "VALUE"},
           {.names = "-t,--type",
            .help = "What the value is: auto, string, int, float or bool. auto goes by how it looks.",
            .value = "TYPE",
            .choices = {"auto", "string", "int", "float", "bool"}},
           {.names = "--timestamp", .help = "Its timestamp, ISO 8601. Default: the data's, else now.", .value = "TIME"},
           {.names = "--skip-unchanged", .help = "Write nothing where the item has all of this already."}}),
      change_options(true));
  command.examples = {{"cfp put user_profile personal_info age '{\"label\":\"Age\"}' --value 32", ""},
                      {"cfp put stock shelf apples --value 7 --expected-version 3", "only if nobody was faster"},
                      {"cfp put -- -key- '' 'an item' '{}'", "names may be anything"}};
  return command;
}

}  // namespace cfp::cli
