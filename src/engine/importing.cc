// Imports: the file is read twice, so that a row that is refused changes nothing.

#include <system_error>
#include <utility>

#include "engine/base_directory.h"
#include "engine/imported_row.h"
#include "engine/open_store.h"
#include "engine/transfer.h"
#include "model/layout.h"
#include "tables/record_file.h"

namespace cfp::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatchRecords = 1000;
constexpr std::size_t kBatchBytes = 4UL << 20U;
constexpr std::uint64_t kProgressRows = 4096;

/// The error with more text, of the same kind.
[[noreturn]] void rethrow(const CollectionFastPersistError& error, const std::string& message) {
  if (error.code() == ErrorCode::invalid_record) throw InvalidRecordError(message);
  if (error.code() == ErrorCode::extra_schema) throw ExtraSchemaError(message);
  throw CollectionFastPersistError(error.code(), message);
}

/// Counts rows, and leaves out those that are to be skipped.
class RowCounter {
 public:
  explicit RowCounter(std::uint64_t skip) : skip_(skip) {}
  /// False for a row to leave out.
  bool take() { return ++row_ > skip_; }
  [[nodiscard]] std::uint64_t row() const noexcept { return row_; }
  [[nodiscard]] std::uint64_t taken() const noexcept { return row_ - std::min(row_, skip_); }

 private:
  const std::uint64_t skip_;
  std::uint64_t row_ = 0;
};

std::uint64_t check_rows(OpenStore& store, const tables::RecordFile& file, const ImportOptions& options) {
  RowCounter counter(options.skip_rows);
  const auto check = [&](std::string_view row) {
    if (!counter.take()) return;
    try {
      store.check(imported_change(row));
    } catch (const CollectionFastPersistError& error) {
      rethrow(error,
              "row " + std::to_string(counter.row()) + " of " + file.path.filename().string() + ": " + error.what());
    }
    if (options.progress && counter.taken() % kProgressRows == 0) {
      options.progress({counter.taken(), std::nullopt, true});
    }
  };
  try {
    tables::read_record_file(file, check);
  } catch (const CollectionFastPersistError& error) {
    rethrow(error, std::string("Nothing was imported: ") + error.what());
  }
  return counter.taken();
}

/// Stores rows, many at a time.
class RowStorer {
 public:
  explicit RowStorer(OpenStore& store) : store_(store) {}
  /// Whether a batch was stored with it.
  bool add(Batch::Change change) {
    bytes_ += change.data.text().size();
    if (change.deletes) {
      batch_.delete_item(std::move(change.key), std::move(change.collection_name), std::move(change.item_name),
                         std::move(change.username), std::move(change.options));
    } else {
      batch_.store(std::move(change.key), std::move(change.data), std::move(change.item_name),
                   std::move(change.collection_name), std::move(change.value), change.timestamp,
                   std::move(change.username), std::move(change.options));
    }
    if (batch_.size() < kBatchRecords && bytes_ < kBatchBytes) return false;
    commit();
    return true;
  }
  void commit() {
    const BatchResult written = store_.commit(batch_, std::nullopt);
    result_.rows += batch_.size();
    result_.stored += written.records - written.deleted;
    result_.deleted += written.deleted;
    if (written.last_sequence != 0) result_.last_sequence = written.last_sequence;
    batch_ = Batch();
    bytes_ = 0;
  }
  [[nodiscard]] const ImportResult& result() const noexcept { return result_; }

 private:
  OpenStore& store_;
  Batch batch_;
  std::size_t bytes_ = 0;
  ImportResult result_;
};

}  // namespace

ImportResult import_records(OpenStore& store, const fs::path& path, const ImportOptions& options) {
  store.check(Batch::Change{true, "", {}, "", "", {}, {}, {}, {}});  // refuses where nothing can be stored
  const FileFormat format = format_of(path, options.format);
  std::error_code cause;
  const fs::path file_path = fs::canonical(path, cause);
  if (cause) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "Nothing was imported: " + path.string() + ": " + cause.message());
  }
  const tables::RecordFile file{file_path, format, store.base_dir() / model::kSpillDirectory / make_store_id(),
                                store.config().duckdb_memory_limit_bytes};
  const std::uint64_t total = check_rows(store, file, options);
  RowStorer storer(store);
  try {
    RowCounter counter(options.skip_rows);
    tables::read_record_file(file, [&](std::string_view row) {
      if (!counter.take()) return;
      if (storer.add(imported_change(row)) && options.progress) options.progress({storer.result().rows, total, false});
    });
    storer.commit();
    if (options.progress) options.progress({storer.result().rows, total, false});
  } catch (const CollectionFastPersistError& error) {
    const std::uint64_t rows = options.skip_rows + storer.result().rows;
    rethrow(error, "The import ended early: rows 1 to " + std::to_string(rows) +
                       " are stored; go on with skip_rows = " + std::to_string(rows) + ". " + error.what());
  }
  return storer.result();
}

}  // namespace cfp::engine
