#include "tables/duckdb/chunk_appender.h"

#include <vector>

namespace cfp::tables::duckdb {

namespace {

/// DuckDB's appender keeps up to 204,800 rows before it writes; long texts must not add up to more than this.
constexpr std::uint64_t kMostBufferedBytes = 32ULL << 20U;

}  // namespace

Appending::Appending(const Connection& connection, const char* catalog, const char* table) {
  duckdb_appender made = nullptr;
  const duckdb_state state = duckdb_appender_create_ext(connection.get(), catalog, nullptr, table, &made);
  appender.reset(made);  // one that failed has the reason, and is destroyed as well
  check(state);
  const idx_t count = duckdb_appender_column_count(made);
  std::vector<duckdb_logical_type> types(count);
  for (idx_t i = 0; i < count; ++i) types[i] = duckdb_appender_column_type(made, i);
  chunk.reset(duckdb_create_data_chunk(types.data(), count));
  for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
}

void Appending::check(duckdb_state state) const {
  if (state == DuckDBSuccess) return;
  duckdb_error_data data = duckdb_appender_error_data(appender.get());
  const char* const message = duckdb_error_data_message(data);
  const SqlError error(duckdb_error_data_error_type(data), message == nullptr ? "cannot append" : message);
  duckdb_destroy_error_data(&data);
  throw error;
}

void ChunkAppender::end_row() {
  ChunkWriter::end_row();
  if (rows() == duckdb_vector_size()) hand_over();
  if (bytes_ > kMostBufferedBytes) {
    hand_over();
    check(duckdb_appender_flush(appender.get()));
    bytes_ = 0;
  }
}

void ChunkAppender::hand_over() {
  if (rows() == 0) return;
  duckdb_data_chunk_set_size(chunk.get(), rows());
  check(duckdb_append_data_chunk(appender.get(), chunk.get()));
  duckdb_data_chunk_reset(chunk.get());
  begin();
}

void ChunkAppender::close() {
  hand_over();
  check(duckdb_appender_close(appender.get()));
}

}  // namespace cfp::tables::duckdb
