#pragma once

// The custom columns: which there are, and how a field of `data` becomes a value of one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/config.h"
#include "model/record.h"

namespace cfp::model {

enum class ColumnType : std::uint8_t {
  string,
  int64,
  int32,
  int16,
  int8,
  uint64,
  uint32,
  uint16,
  uint8,
  float64,
  float32,
  boolean,
  timestamp,
  date
};

struct Column {
  std::string name;
  ColumnType type;
  friend bool operator==(const Column&, const Column&) = default;
};

using Schema = std::vector<Column>;

/// Checks names and types of the config: `[A-Za-z_][A-Za-z0-9_ ]{0,62}`, compared without case with reserved names,
/// `cfp_*` and each other. Throws ExtraSchemaError with the column's name and what is allowed.
Schema parse_schema(const std::vector<ExtraColumn>& extra_schema);

/// DuckDB's name of a column type ("INTEGER"), and back (nullopt for a type that is none of ours).
std::string_view duckdb_type(ColumnType type) noexcept;
std::optional<ColumnType> column_type_of_duckdb(std::string_view type) noexcept;

/// The schema in force: the tables' own columns in their order. Throws ExtraSchemaError when the config names a column
/// that the tables lack, or with another type. Names compare without case.
Schema reconcile_schema(const Schema& configured, const Schema& of_tables);
/// The same with the columns that the tables lack behind theirs; throws for another type only.
Schema widened_schema(const Schema& configured, const Schema& of_tables);

/// A scalar field of `data` as the canonical text has it; `nested` stands for an object or an array.
struct Nested {};
using Scalar = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Nested>;

/// Converts a field to a column: int to int columns by range, to float columns if exact; float to float32 rounded,
/// overflow refused; float never to int; bool only to bool; text only to string; ISO text to timestamp and date (a date
/// in the text's own offset; a date-time becomes the date of its own offset); null is NULL. nullopt: it does not fit.
std::optional<ColumnValue> convert(const Scalar& scalar, ColumnType type);

}  // namespace cfp::model
