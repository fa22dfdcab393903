#pragma once

// The two tables as the rest of the house sees them. One implementation is DuckDB (tables/duckdb), one is a fake for
// tests. Both are projections of the log: each can be built again.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/query.h"
#include "model/loaded_collection.h"
#include "model/record.h"
#include "model/schema.h"

namespace cfp::tables {

/// The one row of cfp_meta: what the table beside it must hold. Changed by compare-and-set on all of it, in the
/// transaction that changes rows.
struct Meta {
  int format = 1;
  std::string store_id;         ///< 32 hexadecimal digits.
  std::uint64_t watermark = 0;  ///< Applied through this sequence.
  std::uint64_t rows = 0;
  std::uint64_t min_sequence = 0;  ///< Of cfp_seq; 0 when there are no rows.
  std::uint64_t max_sequence = 0;
  std::uint64_t xor_sequence = 0;
  friend bool operator==(const Meta&, const Meta&) = default;
};

/// A record with its place in the item's versions.
struct VersionedRecord {
  const model::Record* record = nullptr;
  std::uint32_t version = 0;
  std::uint64_t previous_sequence = 0;  ///< 0: none.
};

/// A record that owns itself: what reading history gives.
struct HistoryRecord {
  model::Record record;
  std::uint32_t version = 0;
  std::uint64_t previous_sequence = 0;
};

/// The net change of one item between two watermarks of latest: its last record in between.
struct ItemChange {
  VersionedRecord last;                    ///< A store, or an erase.
  std::uint64_t first_store_sequence = 0;  ///< First store in between, since the last erase in between if any; 0: none.
  bool erased_in_between = false;          ///< Then the item's place in the order of its collection starts anew.
};

struct ItemName {
  std::string_view key;
  std::string_view collection_name;
  std::string_view item_name;
  std::uint64_t key_hash;
  std::uint64_t item_hash;
};

using model::LoadedCollection;
using model::LoadedItem;

/// Every record, one row each.
/// Threads: `append` and `checkpoint` one at a time (the flusher's); `query` and `meta` from any thread.
/// Failure: an exception from `append` means "unknown": open again and look at the watermark.
class HistoryTable {
 public:
  virtual ~HistoryTable() = default;
  [[nodiscard]] virtual Meta meta() = 0;
  [[nodiscard]] virtual const model::Schema& schema() const = 0;
  /// Adds the rows and moves the watermark to the last one's sequence, in one transaction. `records` are in order and
  /// all above the watermark.
  virtual void append(std::span<const VersionedRecord> records) = 0;
  /// Hands every row with `after < cfp_seq <= through` to `sink`, in order of sequence.
  virtual void read(std::uint64_t after, std::uint64_t through, const std::function<void(HistoryRecord&&)>& sink) = 0;
  /// Which of the sequences (sorted) have no row.
  virtual std::vector<std::uint64_t> missing(std::span<const std::uint64_t> sequences) = 0;
  /// Reads every column of every row, and compares with cfp_meta. False when they differ or a row cannot be read.
  virtual bool is_healthy() = 0;
  virtual void checkpoint() = 0;
  virtual std::unique_ptr<QueryConnection> connect_read_only() = 0;
};

/// The last record of each item, and the counts of deleted items.
/// Threads: `load` from any number of threads beside all else; the rest one at a time (the flusher's).
class LatestTable {
 public:
  virtual ~LatestTable() = default;
  [[nodiscard]] virtual Meta meta() = 0;
  /// The version base of each name, in the order given, by one set-based lookup.
  virtual std::vector<model::VersionBase> version_bases(std::span<const ItemName> names) = 0;
  /// A snapshot: all collections of the key, or the one named. Collections without any row do not appear.
  virtual std::vector<LoadedCollection> load(std::string_view key, std::optional<std::string_view> collection_name) = 0;
  /// Applies the changes and moves the watermark, in one transaction. Each item at most once.
  virtual void apply(std::span<const ItemChange> changes, std::uint64_t watermark) = 0;
  /// Rows behind the sorted part.
  [[nodiscard]] virtual std::uint64_t tail_rows() = 0;
  /// Whether the tail has passed its bound.
  [[nodiscard]] virtual bool wants_sorting() = 0;
  /// Writes all rows anew, sorted, by a new file and a rename. Loads wait only during the rename.
  virtual void sort() = 0;
  virtual bool is_healthy() = 0;
  virtual void checkpoint() = 0;
  virtual std::unique_ptr<QueryConnection> connect_read_only() = 0;
};

/// Opens, makes and replaces the tables of one base directory.
class TableStore {
 public:
  virtual ~TableStore() = default;
  [[nodiscard]] virtual bool has_history() = 0;
  [[nodiscard]] virtual bool has_latest() = 0;
  /// Whether history is one that the reference implementation wrote. Opens it; false when it does not open.
  [[nodiscard]] virtual bool is_reference_history() = 0;

  /// Opens history, or makes it with the schema and `store_id`. Throws CollectionFastPersistError: corrupt (does not
  /// open), newer_version, foreign, disk_full, io; ExtraSchemaError.
  virtual std::unique_ptr<HistoryTable> open_history(const model::Schema& configured, std::string_view store_id) = 0;
  /// Opens latest, or makes it empty. Throws as above.
  virtual std::unique_ptr<LatestTable> open_latest(const model::Schema& in_force, std::string_view store_id) = 0;
  /// Builds latest anew from history, at history's watermark, by a new file and a rename; the old latest must be
  /// closed. Returns its rows.
  virtual std::uint64_t rebuild_latest(HistoryTable& history, std::string_view store_id) = 0;
  /// Replaces history by a file that also has the given records (sorted by sequence, none of them there yet), with
  /// versions counted anew, by a new file and a rename; `history` is closed and the new one returned.
  virtual std::unique_ptr<HistoryTable> rebuild_history(std::unique_ptr<HistoryTable> history,
                                                        std::span<const model::Record> missing) = 0;
  /// The rows of a history file that the reference implementation wrote, in the order they were stored, from a copy.
  virtual void read_reference_history(const std::function<void(model::Record&&)>& sink) = 0;
  /// False for a file that is missing, unreadable or damaged; throws `invalid_argument` for a table that is not ours.
  virtual bool is_healthy_file(const std::filesystem::path& path, std::string_view table_name) = 0;
};

}  // namespace cfp::tables
