#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "tables/duckdb/connection.h"
#include "tables/duckdb/foreign_memory.h"

namespace cfp::tables::duckdb {

/// Fills a data chunk row by row. Cells are given from left to right, then `end_row`.
class ChunkWriter {
 public:
  /// Begins with the chunk's first row. It must be empty and outlive the writer.
  explicit ChunkWriter(duckdb_data_chunk chunk) : chunk_(chunk), columns_(duckdb_data_chunk_get_column_count(chunk)) {
    begin();
  }
  ChunkWriter(const ChunkWriter&) = delete;
  ChunkWriter& operator=(const ChunkWriter&) = delete;
  virtual ~ChunkWriter() = default;

  CFP_IN_FOREIGN_MEMORY void null();
  void text(std::string_view value);
  /// T is the C type of the column.
  template <typename T>
  CFP_IN_FOREIGN_MEMORY void number(T value) {
    static_cast<T*>(columns_[next_].data)[row_] = value;
    ++next_;
  }
  virtual void end_row() {
    CFP_CHECK(next_ == columns_.size());
    next_ = 0;
    ++row_;
  }
  [[nodiscard]] idx_t rows() const noexcept { return row_; }

 protected:
  /// Begins anew, the chunk having been emptied.
  void begin();
  /// Of all texts that were given; whoever hands chunks on sets it back.
  std::uint64_t bytes_ = 0;

 private:
  struct Column {
    duckdb_vector vector;
    void* data;
    std::uint64_t* validity;  // nullptr: no NULL in this chunk yet
  };
  const duckdb_data_chunk chunk_;
  std::vector<Column> columns_;
  std::size_t next_ = 0;
  idx_t row_ = 0;
};

}  // namespace cfp::tables::duckdb
