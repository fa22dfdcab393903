#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cfp/data.h"

/// The stream of Arrow's C interface (https://arrow.apache.org/docs/format/CStreamInterface.html).
struct ArrowArrayStream;  // cfp/arrow.h, or any other copy

namespace cfp {

/// One cell of a query result. Types without a place here (DECIMAL, INTERVAL, LIST, ...) come as their text.
/// TIMESTAMP columns are UTC.
using Cell = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                          std::chrono::sys_time<std::chrono::microseconds>, std::chrono::sys_days>;
using Row = std::vector<Cell>;

/// A column of a result: its name, and DuckDB's name of its type.
struct ColumnDescription {
  std::string name;
  std::string type;
};

/// The rows of one query, read from DuckDB as they are fetched.
/// Threads: one at a time. Owns its snapshot; must not outlive the store (calls then throw `closed`).
class QueryResult {
 public:
  class Source;
  explicit QueryResult(std::unique_ptr<Source> source);
  QueryResult(QueryResult&&) noexcept;
  QueryResult& operator=(QueryResult&&) noexcept;
  ~QueryResult();

  [[nodiscard]] const std::vector<ColumnDescription>& description() const;
  /// The next row, or nullopt at the end.
  std::optional<Row> fetchone();
  /// At most `count` rows.
  std::vector<Row> fetchmany(std::size_t count);
  std::vector<Row> fetchall();
  /// Makes `out`, which must not hold a stream yet, a stream of record batches of the rows that were not fetched; this
  /// result is at its end then. The caller releases it. JSON and VARCHAR columns are utf8, TIMESTAMP is timestamp[us],
  /// HUGEINT (what sum() of integers gives) is decimal128(38, 0); no type is cast to text.
  /// Batches own their memory; the stream owns the snapshot. Once the store is closed its calls return EIO, and
  /// get_last_error says so; it may be released then, and by any thread.
  /// Throws: closed, sql (Arrow has no place for the type of a column), invalid_argument (it was called before).
  void export_arrow(ArrowArrayStream* out);

 private:
  std::unique_ptr<Source> source_;
};

/// What a query may take; unlimited by default.
struct QueryLimits {
  /// More than 0. A query that takes longer is stopped and throws `sql`.
  std::optional<double> time_limit_seconds;
  /// Fetching a row beyond these throws `sql`: a result is never cut off in silence.
  std::optional<std::uint64_t> row_limit;
};

/// Read-only SQL over one of the two tables, on the store's own DuckDB instance.
///
/// One statement, SELECT or EXPLAIN. Whatever writes, attaches, reads files or checkpoints is refused (code `sql`).
/// Everything acknowledged before the call is visible.
/// Threads: any; a query does not hold up stores, and holds up a flush only at its commit.
class QueryConnection {
 public:
  virtual ~QueryConnection() = default;
  /// `parameters` replace `?` or `$1`, `$2`, ... in the statement.
  virtual QueryResult execute(std::string_view sql, const std::vector<Value>& parameters = {},
                              const QueryLimits& limits = {}) = 0;
};

}  // namespace cfp
