#include "command.h"
#include "exit_code.h"
#include "item_output.h"
#include "names.h"
#include "opened_store.h"
#include "plot.h"
#include "printable.h"

namespace cfp::cli {
namespace {

HistoryQuery query_of(const Arguments& arguments) {
  HistoryQuery query;
  query.limit = static_cast<std::int64_t>(std::min<std::uint64_t>(
      arguments.number("--limit", 1).value_or(arguments.has("--plot") ? 10'000 : 100), INT64_MAX));
  query.before = arguments.time("--before");
  query.after = arguments.time("--after");
  query.before_version = arguments.version("--before-version");
  query.username = arguments.text("--by");
  return query;
}

void show_table(const std::vector<ItemVersion>& versions, Console& console) {
  Table table(console, {{"VERSION", Table::Align::right},
                        {"SEQUENCE", Table::Align::right},
                        {"UPDATED"},
                        {"USERNAME"},
                        {"VALUE"},
                        {"REASON"},
                        {"DATA"}});
  for (const ItemVersion& version : versions) {
    const Record& record = version.record;
    table.add({std::to_string(record.version()), std::to_string(record.sequence()), time_text(record.updated_at()),
               version.username ? printable_name(*version.username) : "",
               version.deleted ? "(deleted)" : value_text(record.value()),
               version.reason ? printable_name(*version.reason) : "",
               version.deleted ? "" : printable(record.data_text())});
  }
  table.finish();
}

void show_plot(const std::vector<ItemVersion>& versions, const ItemNames& names, Console& console) {
  std::vector<PlotPoint> points;  // the oldest first
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    const Value& value = version->record.value();
    const auto at = static_cast<double>(version->record.updated_at().utc().time_since_epoch().count());
    if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
      points.push_back({at, static_cast<double>(*integer)});
    } else if (const auto* const number = std::get_if<double>(&value)) {
      points.push_back({at, *number});
    }
  }
  if (points.empty()) {
    throw UsageError("--plot draws numbers, and no version of " + place_text(names.key, names.collection, names.item) +
                     " has a numeric value.");
  }
  console.line(console.paint(Style::bold, place_text(names.key, names.collection, names.item)));
  const std::size_t width = console.output_is_terminal() ? console.width() : 80;
  for (const std::string& line : plot(points, width, 14)) console.line(line);
}

int run_history(const Arguments& arguments, Console& console) {
  const ItemNames names(arguments);
  const HistoryQuery query = query_of(arguments);
  if (arguments.has("--plot") && console.json()) throw UsageError("--plot draws for people, --json is for programs.");
  const auto store = open_to_read(arguments, console);
  const auto versions = store->get_history(names.key, names.collection, names.item, query);
  if (versions.empty()) {
    throw NotFound(place_text(names.key, names.collection, names.item) + " has no such version.");
  }
  if (arguments.has("--plot")) {
    show_plot(versions, names, console);
  } else if (console.json()) {
    for (const ItemVersion& version : versions) console.object(version_object(names.key, names.collection, version));
  } else {
    show_table(versions, console);
  }
  return kOk;
}

}  // namespace

Command history_command() {
  Command command{.name = "history", .summary = "Show the versions of an item, the newest first.", .run = run_history};
  command.options = joined(
      name_options(3), {{.names = "-n,--limit", .help = "At most so many, the newest. Default: 100.", .value = "N"},
                        {.names = "--before", .help = "Accepted earlier than this time (ISO 8601).", .value = "TIME"},
                        {.names = "--after", .help = "Accepted later than this time (ISO 8601).", .value = "TIME"},
                        {.names = "--before-version", .help = "Below this version: the next page.", .value = "N"},
                        {.names = "--by", .help = "Stored or deleted by this user.", .value = "USERNAME"},
                        {.names = "--plot", .help = "Draw the values of a numeric item over time."}});
  command.examples = {{"cfp history user_profile personal_info age", ""},
                      {"cfp history stock shelf apples --after 2026-01-01 --by ann", ""},
                      {"cfp history sensors hall temperature --plot", ""}};
  return command;
}

}  // namespace cfp::cli
