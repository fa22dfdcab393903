#pragma once

#include "tables/duckdb/chunk_writer.h"

namespace cfp::tables::duckdb {

/// DuckDB's appender, and the chunk that it is given again and again.
struct Appending {
  Appending(const Connection& connection, const char* catalog, const char* table);
  Appending(const Appending&) = delete;
  Appending& operator=(const Appending&) = delete;
  ~Appending();
  void check(duckdb_state state) const;

  duckdb_appender appender = nullptr;
  duckdb_data_chunk chunk = nullptr;
};

/// Adds rows to a table, 2,048 at a time: the fastest way in.
/// Must be used within a transaction, or for a temporary table: memory is handed to DuckDB as it fills.
/// Failure: SqlError; the transaction must then be rolled back. What was not `close`d is dropped.
class ChunkAppender final : private Appending, public ChunkWriter {
 public:
  /// `catalog` is nullptr for the connection's own file, or "temp".
  ChunkAppender(const Connection& connection, const char* catalog, const char* table)
      : Appending(connection, catalog, table), ChunkWriter(chunk) {}

  void end_row() override;
  /// Everything is in the table after this.
  void close();

 private:
  void hand_over();
};

}  // namespace cfp::tables::duckdb
