#pragma once

#include <string>
#include <vector>

#include "cfp/arrow.h"
#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

/// Turns the first columns of a result into Arrow's structures, by DuckDB's own conversion: JSON and VARCHAR are plain
/// utf8, TIMESTAMP is timestamp[us], HUGEINT and sums of integers are decimal128(38, 0).
/// What it makes owns its memory and needs neither the result nor DuckDB's instance afterwards.
/// Failure: throws SqlError; `out` is then as it was.
class ArrowExport {
 public:
  /// `names`: of those columns.
  ArrowExport(Result& result, std::vector<std::string> names);
  ArrowExport(const ArrowExport&) = delete;
  ArrowExport& operator=(const ArrowExport&) = delete;
  ~ArrowExport();

  void write_schema(const Connection& connection, ArrowSchema& out) const;
  /// The rows of a chunk of that result, from row `first` on.
  void write_batch(const Connection& connection, const Chunk& chunk, idx_t first, ArrowArray& out) const;

 private:
  [[nodiscard]] Chunk part_of(const Chunk& chunk, idx_t first) const;

  const std::vector<std::string> names_;
  mutable std::vector<duckdb_logical_type> types_;  // DuckDB asks for them as if it were to change them
};

}  // namespace cfp::tables::duckdb
