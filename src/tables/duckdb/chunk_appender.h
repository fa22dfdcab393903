#pragma once

#include <memory>
#include <type_traits>

#include "tables/duckdb/chunk_writer.h"

namespace cfp::tables::duckdb {

/// DuckDB's appender, and the chunk that it is given again and again.
struct Appending {
  Appending(const Connection& connection, const char* catalog, const char* table);
  void check(duckdb_state state) const;

  struct Destroy {
    void operator()(duckdb_appender handle) const { duckdb_appender_destroy(&handle); }
    void operator()(duckdb_data_chunk handle) const { duckdb_destroy_data_chunk(&handle); }
  };
  std::unique_ptr<std::remove_pointer_t<duckdb_appender>, Destroy> appender;
  std::unique_ptr<std::remove_pointer_t<duckdb_data_chunk>, Destroy> chunk;
};

/// Adds rows to a table, 2,048 at a time: the fastest way in.
/// Must be used within a transaction, or for a temporary table: memory is handed to DuckDB as it fills.
/// Failure: SqlError; the transaction must then be rolled back. What was not `close`d is dropped.
class ChunkAppender final : private Appending, public ChunkWriter {
 public:
  /// `catalog` is nullptr for the connection's own file, or "temp".
  ChunkAppender(const Connection& connection, const char* catalog, const char* table)
      : Appending(connection, catalog, table), ChunkWriter(chunk.get()) {}

  void end_row() override;
  /// Everything is in the table after this.
  void close();

 private:
  void hand_over();
};

}  // namespace cfp::tables::duckdb
