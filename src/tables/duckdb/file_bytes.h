#pragma once

#include <filesystem>

#include "tables/rows.h"

namespace cfp::tables::duckdb {

/// The bytes of a file, read beside DuckDB. A link is not followed.
class FileBytes {
 public:
  /// Has nothing of a file that is not there yet.
  explicit FileBytes(const std::filesystem::path& file);
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes();
  /// Hands all of them to `sink`, in order. Throws std::system_error.
  void copy(const ByteSink& sink) const;

 private:
  int descriptor_;
};

}  // namespace cfp::tables::duckdb
