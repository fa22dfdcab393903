#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/check.h"
#include "model/record.h"
#include "model/schema.h"

namespace cfp::tables::duckdb {

template <typename Number, class Cells>
void write_number(Cells& cells, const model::ColumnValue& value) {
  if (const auto* const integer = std::get_if<std::int64_t>(&value)) {
    cells.number(static_cast<Number>(*integer));
  } else if (const auto* const natural = std::get_if<std::uint64_t>(&value)) {
    cells.number(static_cast<Number>(*natural));
  } else {
    const auto* const real = std::get_if<double>(&value);
    CFP_CHECK(real != nullptr);
    cells.number(static_cast<Number>(*real));
  }
}

/// Gives the value of a custom column to `cells`, which takes null(), text(std::string_view) and number(T), T being the
/// C type of the column.
template <class Cells>
void write_custom_cell(Cells& cells, const model::ColumnValue& value, model::ColumnType type) {
  using Type = model::ColumnType;
  if (std::holds_alternative<std::monostate>(value)) return cells.null();
  switch (type) {
    case Type::string:
      return cells.text(std::get<std::string>(value));
    case Type::boolean:
      return cells.number(std::get<bool>(value));
    case Type::int64:
    case Type::timestamp:
      return write_number<std::int64_t>(cells, value);
    case Type::int32:
    case Type::date:
      return write_number<std::int32_t>(cells, value);
    case Type::int16:
      return write_number<std::int16_t>(cells, value);
    case Type::int8:
      return write_number<std::int8_t>(cells, value);
    case Type::uint64:
      return write_number<std::uint64_t>(cells, value);
    case Type::uint32:
      return write_number<std::uint32_t>(cells, value);
    case Type::uint16:
      return write_number<std::uint16_t>(cells, value);
    case Type::uint8:
      return write_number<std::uint8_t>(cells, value);
    case Type::float64:
      return write_number<double>(cells, value);
    case Type::float32:
      return write_number<float>(cells, value);
  }
}

}  // namespace cfp::tables::duckdb
