#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "tables/duckdb/connection.h"
#include "tables/duckdb/file_bytes.h"

namespace cfp::tables::duckdb {

struct InstanceOptions {
  std::uint64_t memory_limit_bytes;
  int threads;
  /// Two instances must not spill into one directory: DuckDB names the files alike. Empty: none spills.
  std::filesystem::path spill_directory;
  /// Files that may be attached although external access is off.
  std::vector<std::filesystem::path> attachable;
  bool read_only = false;
};

struct CloseDatabase {
  void operator()(duckdb_database database) const { duckdb_close(&database); }
};
using Database = std::unique_ptr<std::remove_pointer_t<duckdb_database>, CloseDatabase>;

/// Opens a database that loads no extension; nullptr: one in memory. Throws SqlError.
Database open_database(const char* file, int threads, bool read_only);

/// One DuckDB instance on one file, with external access, extensions and configuration locked. Makes the file when it
/// is missing.
/// Failure: the constructor throws CollectionFastPersistError (see open_error).
/// Owns the file's lock within DuckDB; goes only when every connection of it is gone.
class Instance {
 public:
  Instance(const std::filesystem::path& file, const InstanceOptions& options);
  [[nodiscard]] Connection connect() const { return Connection(database_.get()); }
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t memory_limit_bytes() const noexcept { return memory_limit_bytes_; }
  /// Hands the bytes of the file to `sink`. It must be checkpointed, and not be again meanwhile.
  void copy(const ByteSink& sink) const { bytes_.copy(sink); }

 private:
  void lock_down(const InstanceOptions& options) const;

  std::filesystem::path file_;
  std::uint64_t memory_limit_bytes_;
  // Opened before DuckDB opens the file and closed after it: closing any other descriptor of it would drop DuckDB's
  // lock.
  const FileBytes bytes_;
  Database database_;
};

/// The replacement of a file (NAME.new), attached to an instance under the name `fresh` while it is built there.
/// Failure: what was not `detach`ed is removed again.
class FreshDatabase {
 public:
  /// NAME.new must be one of the instance's `attachable` files.
  FreshDatabase(const Connection& connection, std::filesystem::path file);
  FreshDatabase(const FreshDatabase&) = delete;
  FreshDatabase& operator=(const FreshDatabase&) = delete;
  ~FreshDatabase();
  /// Checkpoints and closes it. Nobody else may be in a transaction on the instance then: DuckDB closes the file only
  /// when the last one that could see it has ended.
  void detach();

 private:
  const Connection& connection_;
  const std::filesystem::path file_;
  bool attached_ = true;
};

}  // namespace cfp::tables::duckdb
