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

 private:
  std::unique_ptr<Source> source_;
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
  virtual QueryResult execute(std::string_view sql, const std::vector<Value>& parameters = {}) = 0;
};

}  // namespace cfp
