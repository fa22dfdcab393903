#pragma once

#include <duckdb.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "tables/duckdb/foreign_memory.h"

namespace cfp::tables::duckdb {

/// One column of a chunk. Views live as long as the chunk.
class ColumnView {
 public:
  explicit ColumnView(duckdb_vector vector)
      : data_(duckdb_vector_get_data(vector)), validity_(duckdb_vector_get_validity(vector)) {}
  [[nodiscard]] CFP_IN_FOREIGN_MEMORY bool is_null(idx_t row) const {
    return validity_ != nullptr && (validity_[row / 64] >> (row % 64) & 1U) == 0;
  }
  template <typename T>
  [[nodiscard]] CFP_IN_FOREIGN_MEMORY T at(idx_t row) const {
    return static_cast<const T*>(data_)[row];
  }
  [[nodiscard]] CFP_IN_FOREIGN_MEMORY std::string_view text(idx_t row) const {
    duckdb_string_t* const s = static_cast<duckdb_string_t*>(data_) + row;
    return {duckdb_string_t_data(s), duckdb_string_t_length(*s)};
  }

 private:
  void* data_;
  const std::uint64_t* validity_;
};

/// Up to 2,048 rows of a result.
class Chunk {
 public:
  explicit Chunk(duckdb_data_chunk chunk) : chunk_(chunk) {}
  /// False at the end of the result.
  explicit operator bool() const noexcept { return chunk_ != nullptr; }
  [[nodiscard]] duckdb_data_chunk get() const noexcept { return chunk_.get(); }
  [[nodiscard]] idx_t rows() const { return duckdb_data_chunk_get_size(chunk_.get()); }
  [[nodiscard]] ColumnView column(idx_t i) const { return ColumnView(duckdb_data_chunk_get_vector(chunk_.get(), i)); }

 private:
  struct Destroy {
    void operator()(duckdb_data_chunk chunk) const { duckdb_destroy_data_chunk(&chunk); }
  };
  std::unique_ptr<std::remove_pointer_t<duckdb_data_chunk>, Destroy> chunk_;
};

}  // namespace cfp::tables::duckdb
