#include "tables/duckdb/cell_reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "base/check.h"

namespace cfp::tables::duckdb {

namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;

/// DuckDB's infinities of dates and timestamps are the greatest number and its negative.
template <typename Number>
std::optional<std::string> infinity(Number value) {
  if (value == std::numeric_limits<Number>::max()) return "infinity";
  if (value == -std::numeric_limits<Number>::max()) return "-infinity";
  return std::nullopt;
}

template <typename Unit>
Cell moment(std::int64_t count) {
  if (auto text = infinity(count)) return *text;
  return sys_time<microseconds>(std::chrono::floor<microseconds>(Unit(count)));
}

Cell day(std::int32_t count) {
  if (auto text = infinity(count)) return *text;
  return sys_days(std::chrono::days(count));
}

std::string decimal_text(duckdb_hugeint value) {
  __extension__ using Wide = unsigned __int128;
  const bool negative = value.upper < 0;
  Wide rest = (static_cast<Wide>(static_cast<std::uint64_t>(value.upper)) << 64U) | value.lower;
  if (negative) rest = ~rest + 1;
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Cell huge(duckdb_hugeint value) {
  const auto low = static_cast<std::int64_t>(value.lower);
  if ((value.upper == 0 && low >= 0) || (value.upper == -1 && low < 0)) return low;
  return decimal_text(value);
}

}  // namespace

bool is_cell_type(duckdb_type type) noexcept {
  constexpr std::array types = {
      DUCKDB_TYPE_BOOLEAN,      DUCKDB_TYPE_TINYINT,      DUCKDB_TYPE_SMALLINT,    DUCKDB_TYPE_INTEGER,
      DUCKDB_TYPE_BIGINT,       DUCKDB_TYPE_UTINYINT,     DUCKDB_TYPE_USMALLINT,   DUCKDB_TYPE_UINTEGER,
      DUCKDB_TYPE_UBIGINT,      DUCKDB_TYPE_HUGEINT,      DUCKDB_TYPE_FLOAT,       DUCKDB_TYPE_DOUBLE,
      DUCKDB_TYPE_VARCHAR,      DUCKDB_TYPE_TIMESTAMP,    DUCKDB_TYPE_TIMESTAMP_S, DUCKDB_TYPE_TIMESTAMP_MS,
      DUCKDB_TYPE_TIMESTAMP_NS, DUCKDB_TYPE_TIMESTAMP_TZ, DUCKDB_TYPE_DATE,
  };
  return std::find(types.begin(), types.end(), type) != types.end();
}

Cell read_cell(const ColumnView& column, duckdb_type type, idx_t row) {
  const auto integer = [](auto n) { return Cell(static_cast<std::int64_t>(n)); };
  if (column.is_null(row)) return std::monostate{};
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return column.at<bool>(row);
    case DUCKDB_TYPE_TINYINT:
      return integer(column.at<std::int8_t>(row));
    case DUCKDB_TYPE_SMALLINT:
      return integer(column.at<std::int16_t>(row));
    case DUCKDB_TYPE_INTEGER:
      return integer(column.at<std::int32_t>(row));
    case DUCKDB_TYPE_BIGINT:
      return integer(column.at<std::int64_t>(row));
    case DUCKDB_TYPE_UTINYINT:
      return integer(column.at<std::uint8_t>(row));
    case DUCKDB_TYPE_USMALLINT:
      return integer(column.at<std::uint16_t>(row));
    case DUCKDB_TYPE_UINTEGER:
      return integer(column.at<std::uint32_t>(row));
    case DUCKDB_TYPE_UBIGINT:
      return column.at<std::uint64_t>(row);
    case DUCKDB_TYPE_HUGEINT:
      return huge(column.at<duckdb_hugeint>(row));
    case DUCKDB_TYPE_FLOAT:
      return static_cast<double>(column.at<float>(row));
    case DUCKDB_TYPE_DOUBLE:
      return column.at<double>(row);
    case DUCKDB_TYPE_VARCHAR:
      return std::string(column.text(row));
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return moment<microseconds>(column.at<std::int64_t>(row));
    case DUCKDB_TYPE_TIMESTAMP_S:
      return moment<std::chrono::seconds>(column.at<std::int64_t>(row));
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return moment<std::chrono::milliseconds>(column.at<std::int64_t>(row));
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return moment<std::chrono::nanoseconds>(column.at<std::int64_t>(row));
    case DUCKDB_TYPE_DATE:
      return day(column.at<std::int32_t>(row));
    default:
      break;
  }
  CFP_CHECK(is_cell_type(type));  // the query casts all others
  return std::monostate{};
}

}  // namespace cfp::tables::duckdb
