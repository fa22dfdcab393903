#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iostream>
#include <iterator>

#include "command.h"
#include "exit_code.h"
#include "item_output.h"
#include "opened_store.h"
#include "printable.h"

namespace cfp::cli {
namespace {

std::string day_text(std::chrono::sys_days day) { return Date(day).to_string(); }

/// Of a moment: DuckDB has more years than ISO text with four digits.
std::string moment_text(std::chrono::sys_time<std::chrono::microseconds> moment) {
  return Timestamp(moment).to_string();
}

struct CellText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(std::uint64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return value_text(Value(value)); }
  std::string operator()(const std::string& value) const { return printable(value); }
  std::string operator()(std::chrono::sys_time<std::chrono::microseconds> value) const { return moment_text(value); }
  std::string operator()(std::chrono::sys_days value) const { return day_text(value); }
};

void set_cell(Data& object, const std::string& name, const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) {
    object.set(name, nullptr);
  } else if (const auto* const flag = std::get_if<bool>(&cell)) {
    object.set(name, *flag);
  } else if (const auto* const integer = std::get_if<std::int64_t>(&cell)) {
    object.set(name, *integer);
  } else if (const auto* const number = std::get_if<std::uint64_t>(&cell)) {
    object.set(name, *number);
  } else if (const auto* const real = std::get_if<double>(&cell); real != nullptr && std::isfinite(*real)) {
    object.set(name, *real);
  } else if (const auto* const text = std::get_if<std::string>(&cell)) {
    object.set(name, *text);
  } else {
    object.set(name, std::visit(CellText(), cell));
  }
}

/// Names of columns as keys of objects: a second one of the same name gets a number.
std::vector<std::string> object_keys(const std::vector<ColumnDescription>& columns) {
  std::vector<std::string> keys;
  for (const ColumnDescription& column : columns) {
    std::string key = column.name;
    for (int n = 2; std::ranges::count(keys, key) > 0; ++n) key = column.name + "_" + std::to_string(n);
    keys.push_back(std::move(key));
  }
  return keys;
}

bool is_numeric(const std::string& type) {
  return type.ends_with("INT") || type == "INTEGER" || type == "DOUBLE" || type == "FLOAT" ||
         type.starts_with("DECIMAL");
}

void show_objects(QueryResult& result, Console& console) {
  const auto keys = object_keys(result.description());
  while (const auto row = result.fetchone()) {
    Data object;
    for (std::size_t i = 0; i < keys.size(); ++i) set_cell(object, keys[i], (*row)[i]);
    console.object(object);
  }
}

void show_rows(QueryResult& result, Console& console) {
  std::vector<Table::Column> columns;
  for (const ColumnDescription& column : result.description()) {
    columns.push_back({printable(column.name), is_numeric(column.type) ? Table::Align::right : Table::Align::left});
  }
  Table table(console, std::move(columns));
  while (const auto row = result.fetchone()) {
    std::vector<std::string> cells;
    for (const Cell& cell : *row) cells.push_back(std::visit(CellText(), cell));
    table.add(std::move(cells));
  }
  table.finish();
}

Value parameter(const std::string& text) {
  std::int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error == std::errc() && end == text.data() + text.size()) return integer;
  return text;
}

int run_sql(const Arguments& arguments, Console& console) {
  std::string query = arguments.required("QUERY");
  if (query == "-") query.assign(std::istreambuf_iterator<char>(std::cin), {});
  std::vector<Value> parameters;
  for (const std::string& text : arguments.all("--param")) parameters.push_back(parameter(text));
  const QueryLimits limits{arguments.seconds("--time-limit").value_or(30),
                           arguments.number("--row-limit", 1).value_or(1'000'000)};
  const auto store = open_to_read(arguments, console);
  QueryResult result = store->sql(query, parameters, limits);
  if (console.json()) {
    show_objects(result, console);
  } else {
    show_rows(result, console);
  }
  return kOk;
}

}  // namespace

Command sql_command() {
  Command command{
      .name = "sql", .summary = "Ask storage_history and storage_latest by SQL, read-only.", .run = run_sql};
  command.options = {
      {.names = "QUERY", .help = "One SELECT or EXPLAIN; - reads it from standard input.", .required = true},
      {.names = "--param", .help = "For a ? of the query; once for each.", .value = "VALUE", .repeats = true},
      {.names = "--time-limit", .help = "Stop it after so long. Default: 30.", .value = "SECONDS"},
      {.names = "--row-limit", .help = "Stop it at more rows. Default: 1000000.", .value = "N"}};
  command.examples = {{"cfp sql 'SELECT count(*) FROM storage_latest'", ""},
                      {"cfp sql 'SELECT * FROM storage_history WHERE key = ?' --param user_profile --json", ""}};
  return command;
}

}  // namespace cfp::cli
