#pragma once

// The two tables as the rest of the house sees them. One implementation is DuckDB (tables/duckdb), one is a fake for
// tests. Both are projections of the log: each can be built again.

#include <cstdint>
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
#include "tables/item_past.h"
#include "tables/name_list.h"
#include "tables/rows.h"

namespace cfp::tables {

using model::LoadedCollection;
using model::LoadedItem;

/// Every record, one row each.
/// Threads: `append` and `checkpoint` one at a time (the flusher's); `query` and `meta` from any thread.
/// Failure: an exception from `append` means "unknown": open again and look at the watermark.
class HistoryTable : public ItemPast {
 public:
  [[nodiscard]] virtual Meta meta() = 0;
  [[nodiscard]] virtual const model::Schema& schema() const = 0;
  /// Adds the rows and moves the watermark to the last one's sequence, in one transaction. `records` are in order and
  /// all above the watermark.
  virtual void append(std::span<const VersionedRecord> records) = 0;
  /// Hands every row with `after < cfp_seq <= through` to `sink`, in order of sequence.
  virtual void read(std::uint64_t after, std::uint64_t through, const std::function<void(HistoryRecord&&)>& sink) = 0;
  /// Which of the sequences (sorted) have no row.
  virtual std::vector<std::uint64_t> missing(std::span<const std::uint64_t> sequences) = 0;
  /// The newest requests among the rows accepted since that time, at most `count`, in order of sequence.
  virtual std::vector<AnsweredRequest> requests(std::int64_t since_us, std::uint64_t count) = 0;
  /// Reads every column of every row, and compares with cfp_meta. False when they differ or a row cannot be read.
  virtual bool is_healthy() = 0;
  /// All rows that are there now have numbers below this one.
  [[nodiscard]] virtual std::uint64_t row_bound() = 0;
  /// Reads every column of the rows with `from <= number < from + count`; false when one cannot be read. From any
  /// thread, beside everything else.
  virtual bool scan(std::uint64_t from, std::uint64_t count) = 0;
  /// Whether everything was in the file when it was opened: no log of the database's lay beside it.
  [[nodiscard]] virtual bool was_closed_cleanly() = 0;
  virtual void checkpoint() = 0;
  /// Checkpoints, then hands the bytes of the whole file to `sink`, in order, and returns what they say of themselves.
  /// From any thread, one at a time, beside everything else: what is appended meanwhile stays in the database's log.
  virtual Meta copy(const ByteSink& sink) = 0;
  /// `with_latest`: statements may name storage_latest too, which is computed of history's rows then.
  virtual std::unique_ptr<QueryConnection> connect_read_only(bool with_latest = false) = 0;
};

/// The last record of each item, and the counts of deleted items.
/// Threads: `load`, `version_bases` and the NameList from any number of threads beside all else; the rest one at a time
/// (the flusher's).
class LatestTable : public NameList {
 public:
  [[nodiscard]] virtual Meta meta() = 0;
  /// The version base of each name, in the order given, by one set-based lookup.
  virtual std::vector<model::VersionBase> version_bases(std::span<const ItemName> names) = 0;
  /// A snapshot: all collections of the key, or the one named. Collections without any row do not appear.
  virtual std::vector<LoadedCollection> load(std::string_view key, std::optional<std::string_view> collection_name) = 0;
  /// Applies the changes and moves the watermark, in one transaction. Each item at most once.
  virtual void apply(std::span<const ItemChange> changes, std::uint64_t watermark) = 0;
  /// A snapshot. From any thread.
  virtual LiveRows live_rows() = 0;
  /// Rows behind the sorted part.
  [[nodiscard]] virtual std::uint64_t tail_rows() = 0;
  /// Whether the tail has passed its bound.
  [[nodiscard]] virtual bool wants_sorting() = 0;
  /// Writes all rows anew, sorted, by a new file and a rename. Loads wait only during the rename.
  virtual void sort() = 0;
  virtual bool is_healthy() = 0;
  /// As HistoryTable says; of deleted items' marks too.
  [[nodiscard]] virtual std::uint64_t row_bound() = 0;
  virtual bool scan(std::uint64_t from, std::uint64_t count) = 0;
  /// As HistoryTable says.
  [[nodiscard]] virtual bool was_closed_cleanly() = 0;
  virtual void checkpoint() = 0;
  /// As HistoryTable says. A sort waits for its end.
  virtual Meta copy(const ByteSink& sink) = 0;
  virtual std::unique_ptr<QueryConnection> connect_read_only() = 0;
};

}  // namespace cfp::tables
