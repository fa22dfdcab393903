#include "tables/duckdb/chunk_appender.h"

#include <string>

#include "base/check.h"

namespace cfp::tables::duckdb {

namespace {

/// DuckDB's appender keeps up to 204,800 rows before it writes; long texts must not add up to more than this.
constexpr std::uint64_t kMostBufferedBytes = 32ULL << 20U;

}  // namespace

ChunkAppender::ChunkAppender(const Connection& connection, const char* catalog, const char* table) {
  check(duckdb_appender_create_ext(connection.get(), catalog, nullptr, table, &appender_));
  const idx_t count = duckdb_appender_column_count(appender_);
  std::vector<duckdb_logical_type> types(count);
  for (idx_t i = 0; i < count; ++i) types[i] = duckdb_appender_column_type(appender_, i);
  chunk_ = duckdb_create_data_chunk(types.data(), count);
  for (duckdb_logical_type& type : types) duckdb_destroy_logical_type(&type);
  columns_.resize(count);
  begin_chunk();
}

ChunkAppender::~ChunkAppender() {
  duckdb_destroy_data_chunk(&chunk_);
  duckdb_appender_destroy(&appender_);
}

void ChunkAppender::begin_chunk() {
  duckdb_data_chunk_reset(chunk_);
  for (idx_t i = 0; i < columns_.size(); ++i) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_, i);
    columns_[i] = {vector, duckdb_vector_get_data(vector), nullptr};
  }
  row_ = 0;
}

void ChunkAppender::null() {
  Column& column = columns_[next_++];
  if (column.validity == nullptr) {
    duckdb_vector_ensure_validity_writable(column.vector);
    column.validity = duckdb_vector_get_validity(column.vector);
  }
  column.validity[row_ / 64] &= ~(1ULL << (row_ % 64));
}

void ChunkAppender::text(std::string_view value) {
  duckdb_vector_assign_string_element_len(columns_[next_].vector, row_, value.data(), value.size());
  bytes_ += value.size();
  ++next_;
}

void ChunkAppender::end_row() {
  CFP_CHECK(next_ == columns_.size());
  next_ = 0;
  if (++row_ == duckdb_vector_size()) hand_over();
  if (bytes_ > kMostBufferedBytes) {
    hand_over();
    check(duckdb_appender_flush(appender_));
    bytes_ = 0;
  }
}

void ChunkAppender::hand_over() {
  if (row_ == 0) return;
  duckdb_data_chunk_set_size(chunk_, row_);
  check(duckdb_append_data_chunk(appender_, chunk_));
  begin_chunk();
}

void ChunkAppender::close() {
  hand_over();
  check(duckdb_appender_close(appender_));
}

void ChunkAppender::check(duckdb_state state) {
  if (state == DuckDBSuccess) return;
  duckdb_error_data data = duckdb_appender_error_data(appender_);
  const char* const message = duckdb_error_data_message(data);
  const SqlError error(duckdb_error_data_error_type(data), message == nullptr ? "cannot append" : message);
  duckdb_destroy_error_data(&data);
  throw error;
}

}  // namespace cfp::tables::duckdb
