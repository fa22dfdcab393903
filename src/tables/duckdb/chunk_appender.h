#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tables/duckdb/connection.h"
#include "tables/duckdb/foreign_memory.h"

namespace cfp::tables::duckdb {

/// Adds rows to a table, 2,048 at a time: the fastest way in. Cells are given from left to right, then `end_row`.
/// Must be used within a transaction, or for a temporary table: memory is handed to DuckDB as it fills.
/// Failure: SqlError; the transaction must then be rolled back. What was not `close`d is dropped.
class ChunkAppender {
 public:
  /// `catalog` is nullptr for the connection's own file, or "temp".
  ChunkAppender(const Connection& connection, const char* catalog, const char* table);
  ChunkAppender(const ChunkAppender&) = delete;
  ChunkAppender& operator=(const ChunkAppender&) = delete;
  ~ChunkAppender();

  CFP_IN_FOREIGN_MEMORY void null();
  void text(std::string_view value);
  /// T is the C type of the column.
  template <typename T>
  CFP_IN_FOREIGN_MEMORY void number(T value) {
    static_cast<T*>(columns_[next_].data)[row_] = value;
    ++next_;
  }
  void end_row();
  /// Everything is in the table after this.
  void close();

 private:
  struct Column {
    duckdb_vector vector;
    void* data;
    std::uint64_t* validity;  // nullptr: no NULL in this chunk yet
  };
  void begin_chunk();
  void hand_over();
  void check(duckdb_state state);

  duckdb_appender appender_ = nullptr;
  duckdb_data_chunk chunk_ = nullptr;
  std::vector<Column> columns_;
  std::size_t next_ = 0;
  idx_t row_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace cfp::tables::duckdb
