// Changing latest: one bulk update, and writing it anew in order.

#include <algorithm>

#include "base/check.h"
#include "base/failpoint.h"
#include "tables/duckdb/chunk_appender.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"
#include "tables/duckdb/latest_table.h"
#include "tables/duckdb/rebuild.h"

namespace cfp::tables::duckdb {

namespace {

ItemName name_of(const model::Record& record) {
  return {record.key(), record.collection_name(), record.state->item_name(), record.key_hash, record.item_hash};
}

}  // namespace

void DuckDbLatest::apply(std::span<const ItemChange> changes, std::uint64_t watermark) {
  const auto turn = live_->take_turn();
  CFP_CHECK(watermark >= meta_.meta.watermark);
  MetaRow next;
  translated(live_->name(), [&] {
    Transaction transaction(live_->writer());
    next = replace_rows(changes);
    next.meta.watermark = watermark;
    change_meta(live_->writer(), TableKind::latest, meta_, next);
    CFP_FAILPOINT("latest.apply.before_commit");
    const std::lock_guard moving(moving_);
    transaction.commit();
    CFP_FAILPOINT("latest.apply.after_commit");
  });
  {
    const std::lock_guard lock(meta_mutex_);
    meta_ = next;
  }
  translated(live_->name(), [&] { live_->look_after_log(); });
}

MetaRow DuckDbLatest::replace_rows(std::span<const ItemChange> changes) {
  std::vector<std::uint64_t> places;  // in the order of the items of their collection
  places.reserve(changes.size());
  for (const ItemChange& change : changes) places.push_back(change.first_store_sequence);
  MetaRow next = meta_;
  const Meta gone = remove_rows(changes, places);
  next.meta.rows -= gone.rows;
  next.meta.xor_sequence ^= gone.xor_sequence;
  add_rows(changes, places, next);
  // The least or greatest may have gone: only the table knows which is next.
  if (gone.rows > 0 && (gone.min_sequence == meta_.meta.min_sequence || gone.max_sequence == next.meta.max_sequence)) {
    const Meta counted = count_rows(live_->writer(), "storage_latest");
    CFP_CHECK(counted.rows == next.meta.rows && counted.xor_sequence == next.meta.xor_sequence);
    next.meta.min_sequence = counted.min_sequence;
    next.meta.max_sequence = counted.max_sequence;
  }
  return next;
}

Meta DuckDbLatest::remove_rows(std::span<const ItemChange> changes, std::span<std::uint64_t> places) {
  // Not by DELETE ... RETURNING, which fetches each deleted row by itself, with all its columns.
  static const std::string wanted = " WHERE " + std::string(WantedNames::kFilter);
  static const std::string find =
      "SELECT \"key\", collection_name, item_name, cfp_seq, cfp_first_seq, cfp_item_hash FROM storage_latest" + wanted;
  static const std::string remove = "DELETE FROM storage_latest" + wanted;
  static const std::string remove_marks = "DELETE FROM cfp_deleted" + wanted;
  std::vector<ItemName> names;
  names.reserve(changes.size());
  for (const ItemChange& change : changes) names.push_back(name_of(*change.last.record));
  const WantedNames::Search search(wanted_, names);
  Result found = live_->statement(find).execute();
  Meta gone;
  while (const Chunk chunk = found.next()) {
    const ColumnView keys = chunk.column(0), collections = chunk.column(1), items = chunk.column(2),
                     sequences = chunk.column(3), first = chunk.column(4), hashes = chunk.column(5);
    for (idx_t row = 0; row < chunk.rows(); ++row) {
      add_row(gone, sequences.at<std::uint64_t>(row));
      search.find({keys.text(row), collections.text(row), items.text(row), hashes.at<std::uint64_t>(row)},
                  [&](std::size_t i) {
                    if (!changes[i].erased_in_between) places[i] = first.at<std::uint64_t>(row);
                  });
    }
  }
  CFP_CHECK(gone.rows <= meta_.meta.rows);
  if (gone.rows > 0) CFP_CHECK(live_->statement(remove).execute().rows_changed() == gone.rows);
  static_cast<void>(live_->statement(remove_marks).execute());
  return gone;
}

void DuckDbLatest::add_rows(std::span<const ItemChange> changes, std::span<const std::uint64_t> places, MetaRow& next) {
  ChunkAppender rows(live_->writer(), nullptr, "storage_latest");
  ChunkAppender marks(live_->writer(), nullptr, "cfp_deleted");
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const model::Record& record = *changes[i].last.record;
    if (record.state->operation() == model::Operation::erase) {
      append_deleted_row(marks, record, changes[i].last.version);
      continue;
    }
    CFP_CHECK(places[i] != 0);
    append_latest_row(rows, record, changes[i].last.version, places[i], schema_);
    add_row(next.meta, record.sequence());
    ++next.tail_rows;
  }
  rows.close();
  marks.close();
}

void DuckDbLatest::sort() {
  const auto turn = live_->take_turn();
  const std::filesystem::path path = live_->path();
  MetaRow sorted = meta_;
  sorted.tail_rows = 0;
  translated(live_->name(), [&] {
    live_->checkpoint();  // rows that are only in the log would stay in memory
    FreshDatabase fresh(live_->writer(), path);
    copy_sorted(live_->writer(), schema_, sorted);
    CFP_FAILPOINT("latest.sort.built");
    const std::lock_guard moving(moving_);
    live_->replace([&] { fresh.detach(); },
                   [&] {
                     CFP_FAILPOINT("latest.sort.closed");
                     remove_logs(replacement_of(path));
                     remove_logs(path);
                     put_in_place(path);
                     auto sorted_file = reopen_();
                     wanted_.attach_to(sorted_file->connect());
                     return sorted_file;
                   });
  });
  CFP_FAILPOINT("latest.sort.done");
  const std::lock_guard lock(meta_mutex_);
  meta_ = sorted;
}

}  // namespace cfp::tables::duckdb
