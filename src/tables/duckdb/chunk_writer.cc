#include "tables/duckdb/chunk_writer.h"

namespace cfp::tables::duckdb {

void ChunkWriter::begin() {
  for (idx_t i = 0; i < columns_.size(); ++i) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk_, i);
    columns_[i] = {vector, duckdb_vector_get_data(vector), nullptr};
  }
  row_ = 0;
}

void ChunkWriter::null() {
  Column& column = columns_[next_++];
  if (column.validity == nullptr) {
    duckdb_vector_ensure_validity_writable(column.vector);
    column.validity = duckdb_vector_get_validity(column.vector);
  }
  column.validity[row_ / 64] &= ~(1ULL << (row_ % 64));
}

void ChunkWriter::text(std::string_view value) {
  duckdb_vector_assign_string_element_len(columns_[next_].vector, row_, value.data(), value.size());
  bytes_ += value.size();
  ++next_;
}

}  // namespace cfp::tables::duckdb
