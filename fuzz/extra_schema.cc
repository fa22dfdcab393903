// Custom columns. The input is one column a line: its name, a tab, its type.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cfp/error.h"
#include "model/schema.h"
#include "target.h"

namespace cfp::fuzz {
namespace {

// Written down a second time on purpose: both lists would have to be wrong in the same way.
constexpr std::array<std::string_view, 13> kColumnsOfAllTables = {
    "collection_name", "data",     "item_name", "key",     "status",      "status_int",  "timestamp",
    "updated_at",      "username", "value_int", "version", "value_float", "value_string"};

std::string folded(std::string_view name) {
  std::string result(name);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

/// The promise of model::parse_schema about a name by itself.
bool is_allowed(std::string_view name) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  const std::string all = std::string(kFirst) + "0123456789 ";
  const std::string lower = folded(name);
  return !name.empty() && name.size() <= 63 && kFirst.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(all) == std::string_view::npos && !lower.starts_with("cfp_") &&
         std::find(kColumnsOfAllTables.begin(), kColumnsOfAllTables.end(), lower) == kColumnsOfAllTables.end();
}

std::vector<ExtraColumn> columns_of(std::string_view input) {
  std::vector<ExtraColumn> columns;
  while (!input.empty()) {
    const std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    const std::string_view name = line.substr(0, line.find('\t'));
    columns.emplace_back(name, line.substr(std::min(name.size() + 1, line.size())));
  }
  return columns;
}

bool is_accepted(const std::vector<ExtraColumn>& columns, model::Schema& schema) {
  try {
    schema = model::parse_schema(columns);
    return true;
  } catch (const ExtraSchemaError&) {
    return false;
  }
}

}  // namespace

CFP_FUZZ_TARGET(extra_schema) {
  model::Schema schema;
  const std::vector<ExtraColumn> columns = columns_of(input);
  for (const auto& [name, type] : columns) {
    expect(is_accepted({{name, "int64"}}, schema) == is_allowed(name), "the names are exactly those of the grammar",
           name);
  }
  if (!is_accepted(columns, schema)) return;
  expect(schema.size() == columns.size(), "each column is there", input);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    expect(schema[i].name == columns[i].first && is_allowed(schema[i].name), "a column has its name", input);
    expect(model::column_type_of_duckdb(model::duckdb_type(schema[i].type)) == schema[i].type,
           "a type reads back from the tables", input);
    names.push_back(folded(schema[i].name));
  }
  std::sort(names.begin(), names.end());
  expect(std::adjacent_find(names.begin(), names.end()) == names.end(), "no name is there twice", input);
  expect(model::reconcile_schema(schema, schema) == schema, "a schema is that of its own tables", input);
}

}  // namespace cfp::fuzz
