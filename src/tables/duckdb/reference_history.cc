#include "tables/duckdb/reference_history.h"

#include <new>
#include <string>
#include <system_error>

#include "cfp/error.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"
#include "tables/duckdb/row_reader.h"

namespace cfp::tables::duckdb {

namespace {

namespace fs = std::filesystem;

/// A copy of a DuckDB file and its log, removed at the end.
class Copy {
 public:
  Copy(const fs::path& file, const fs::path& directory) : path_(directory / "reference_history.duckdb") {
    try {
      fs::create_directories(directory);
      discard();
      copy_bytes(file, path_);
      if (fs::exists(log_of(file))) copy_bytes(log_of(file), log_of(path_));
      make_private(path_);
    } catch (const fs::filesystem_error& error) {
      discard();
      const bool full = error.code() == std::errc::no_space_on_device;
      throw CollectionFastPersistError(full ? ErrorCode::disk_full : ErrorCode::io,
                                       "cannot copy " + file.string() + ": " + error.code().message());
    }
  }
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() { discard(); }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  void discard() const noexcept {
    try {
      std::error_code ignored;
      fs::remove(log_of(path_), ignored);
      fs::remove(path_, ignored);
    } catch (const std::bad_alloc&) {
      // What stays is deleted with the directory at the next open.
    }
  }
  fs::path path_;
};

void read_rows(const Chunk& chunk, const std::function<void(model::Record&&)>& sink) {
  const ColumnView keys = chunk.column(0), collections = chunk.column(1), statuses = chunk.column(2);
  const ColumnView status_ints = chunk.column(3), usernames = chunk.column(4);
  const StateReader states(chunk, 5);
  for (idx_t row = 0; row < chunk.rows(); ++row) {
    model::Record record;
    record.state = states.read(row, keys.text(row), collections.text(row));
    record.projection.status = read_optional_text(statuses, row);
    if (!status_ints.is_null(row)) record.projection.status_int = status_ints.at<std::int32_t>(row);
    record.projection.username = read_optional_text(usernames, row);
    model::hash_names(record);
    sink(std::move(record));
  }
}

}  // namespace

void read_reference_history(const fs::path& file, const fs::path& scratch_directory, const InstanceOptions& options,
                            const std::function<void(model::Record&&)>& sink) {
  constexpr std::uint64_t kWindowRows = 8192;
  const Copy copy(file, scratch_directory);
  const Instance instance(copy.path(), options);
  const Connection connection = instance.connect();
  translated(file.filename().string(), [&] {
    Result last = connection.run("SELECT coalesce(max(rowid) + 1, 0)::BIGINT FROM storage_history");
    const auto end = static_cast<std::uint64_t>(last.next().column(0).at<std::int64_t>(0));
    for (std::uint64_t begin = 0; begin < end; begin += kWindowRows) {
      Result result = connection.run(
          "SELECT \"key\", collection_name, status, status_int, username, item_name, \"data\", value_int, value_float, "
          "value_string, \"timestamp\", updated_at, 0::UBIGINT FROM storage_history WHERE rowid >= " +
          std::to_string(begin) + " AND rowid < " + std::to_string(begin + kWindowRows) + " ORDER BY rowid");
      while (const Chunk chunk = result.next()) read_rows(chunk, sink);
    }
  });
}

}  // namespace cfp::tables::duckdb
