#include "model/schema.h"

#include <algorithm>
#include <array>

#include "cfp/error.h"

namespace cfp::model {
namespace {

struct TypeNames {
  ColumnType type;
  std::string_view duckdb;
};

constexpr std::array<TypeNames, 14> kDuckdbNames = {{{ColumnType::string, "VARCHAR"},
                                                     {ColumnType::int64, "BIGINT"},
                                                     {ColumnType::int32, "INTEGER"},
                                                     {ColumnType::int16, "SMALLINT"},
                                                     {ColumnType::int8, "TINYINT"},
                                                     {ColumnType::uint64, "UBIGINT"},
                                                     {ColumnType::uint32, "UINTEGER"},
                                                     {ColumnType::uint16, "USMALLINT"},
                                                     {ColumnType::uint8, "UTINYINT"},
                                                     {ColumnType::float64, "DOUBLE"},
                                                     {ColumnType::float32, "FLOAT"},
                                                     {ColumnType::boolean, "BOOLEAN"},
                                                     {ColumnType::timestamp, "TIMESTAMP"},
                                                     {ColumnType::date, "DATE"}}};

struct ArrowName {
  std::string_view name;
  ColumnType type;
};

constexpr std::array<ArrowName, 18> kArrowNames = {{{"string", ColumnType::string},
                                                    {"int64", ColumnType::int64},
                                                    {"int32", ColumnType::int32},
                                                    {"int16", ColumnType::int16},
                                                    {"int8", ColumnType::int8},
                                                    {"uint64", ColumnType::uint64},
                                                    {"uint32", ColumnType::uint32},
                                                    {"uint16", ColumnType::uint16},
                                                    {"uint8", ColumnType::uint8},
                                                    {"float64", ColumnType::float64},
                                                    {"float32", ColumnType::float32},
                                                    {"bool", ColumnType::boolean},
                                                    {"timestamp[us]", ColumnType::timestamp},
                                                    {"timestamp[ns]", ColumnType::timestamp},
                                                    {"timestamp[ms]", ColumnType::timestamp},
                                                    {"timestamp[s]", ColumnType::timestamp},
                                                    {"date32", ColumnType::date},
                                                    {"date64", ColumnType::date}}};

// The columns that both tables have anyway.
constexpr std::array<std::string_view, 13> kReservedNames = {
    "key",       "collection_name", "item_name",  "data",     "value_int",  "value_float", "value_string",
    "timestamp", "status",          "status_int", "username", "updated_at", "version"};
constexpr std::string_view kOurPrefix = "cfp_";
constexpr std::size_t kLongestColumnName = 63;

std::string lower(std::string_view name) {
  std::string result(name);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_column_name(std::string_view name) noexcept {
  if (name.empty() || name.size() > kLongestColumnName || !is_letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == ' '; });
}

// A name that is not acceptable is the configuration's, not user data; it is shown as far as it is plain ASCII.
std::string shown(std::string_view name) {
  std::string result;
  for (const char c : name.substr(0, kLongestColumnName)) result += (c >= ' ' && c <= '~') ? c : '?';
  return "extra_schema column \"" + result + "\"";
}

ColumnType parse_type(std::string_view column, std::string_view type) {
  for (const ArrowName& known : kArrowNames) {
    if (known.name == type) return known.type;
  }
  std::string message = shown(column) + ": the type is none of";
  for (const ArrowName& known : kArrowNames) message.append(" ").append(known.name);
  throw ExtraSchemaError(message);
}

void check_column_name(std::string_view name) {
  if (!is_column_name(name)) {
    throw ExtraSchemaError(
        shown(name) + ": a name is 1 to 63 letters, digits, spaces and underscores, and begins with no digit or space");
  }
  const std::string folded = lower(name);
  if (std::find(kReservedNames.begin(), kReservedNames.end(), folded) != kReservedNames.end()) {
    throw ExtraSchemaError(shown(name) + ": the name is reserved, both tables have such a column anyway");
  }
  if (folded.starts_with(kOurPrefix)) {
    throw ExtraSchemaError(shown(name) + ": names that begin with cfp_ are reserved");
  }
}

}  // namespace

Schema parse_schema(const std::vector<ExtraColumn>& extra_schema) {
  Schema schema;
  std::vector<std::string> seen;
  for (const auto& [name, type] : extra_schema) {
    check_column_name(name);
    seen.push_back(lower(name));
    schema.push_back({name, parse_type(name, type)});
  }
  std::sort(seen.begin(), seen.end());
  const auto twice = std::adjacent_find(seen.begin(), seen.end());
  if (twice != seen.end()) throw ExtraSchemaError(shown(*twice) + ": the name is there twice; case does not count");
  return schema;
}

std::string_view duckdb_type(ColumnType type) noexcept {
  for (const TypeNames& known : kDuckdbNames) {
    if (known.type == type) return known.duckdb;
  }
  return "VARCHAR";
}

std::optional<ColumnType> column_type_of_duckdb(std::string_view type) noexcept {
  for (const TypeNames& known : kDuckdbNames) {
    if (known.duckdb == type) return known.type;
  }
  return std::nullopt;
}

namespace {

const Column* find(const Schema& schema, std::string_view name) {
  const auto found = std::find_if(schema.begin(), schema.end(),
                                  [&](const Column& column) { return lower(column.name) == lower(name); });
  return found == schema.end() ? nullptr : &*found;
}

}  // namespace

Schema widened_schema(const Schema& configured, const Schema& of_tables) {
  Schema widened = of_tables;
  for (const Column& column : configured) {
    const Column* const found = find(of_tables, column.name);
    if (found == nullptr) {
      widened.push_back(column);
    } else if (found->type != column.type) {
      throw ExtraSchemaError(shown(column.name) + ": is " + std::string(duckdb_type(column.type)) +
                             " in extra_schema and " + std::string(duckdb_type(found->type)) +
                             " in the tables of this store; give the type of the tables");
    }
  }
  return widened;
}

Schema reconcile_schema(const Schema& configured, const Schema& of_tables) {
  const Schema widened = widened_schema(configured, of_tables);
  if (widened.size() == of_tables.size()) return of_tables;
  throw ExtraSchemaError(shown(widened[of_tables.size()].name) +
                         ": the tables of this store were made without it; add it by opening once with "
                         "add_missing_columns, or take it out of extra_schema");
}

}  // namespace cfp::model
