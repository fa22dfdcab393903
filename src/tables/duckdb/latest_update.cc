// Changing latest: one bulk update, and writing it anew in order.

#include <algorithm>

#include "base/check.h"
#include "base/failpoint.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"
#include "tables/duckdb/latest_table.h"
#include "tables/duckdb/rebuild.h"

namespace cfp::tables::duckdb {

namespace {

std::string same_item(const std::string& table) {
  return table + ".cfp_key_hash = c.cfp_key_hash AND " + table + ".cfp_collection_hash = c.cfp_collection_hash AND " +
         table + ".item_name = c.item_name AND " + table + ".\"key\" = c.\"key\" AND " + table +
         ".collection_name = c.collection_name";
}

}  // namespace

void DuckDbLatest::apply(std::span<const ItemChange> changes, std::uint64_t watermark) {
  CFP_CHECK(watermark >= meta_.meta.watermark);
  MetaRow next;
  translated(live_->name(), [&] {
    stage(changes);
    Transaction transaction(live_->writer());
    next = write_staged(changes, watermark);
    change_meta(live_->writer(), TableKind::latest, meta_, next);
    CFP_FAILPOINT("latest.apply.before_commit");
    transaction.commit();
    CFP_FAILPOINT("latest.apply.after_commit");
    live_->writer().run("DROP TABLE IF EXISTS temp.change; DROP TABLE IF EXISTS temp.hit");
  });
  live_->protect_log();
  const std::lock_guard lock(meta_mutex_);
  meta_ = next;
}

void DuckDbLatest::stage(std::span<const ItemChange> changes) {
  const Connection& connection = live_->writer();
  connection.run("CREATE OR REPLACE TEMP TABLE change (" + column_definitions(TableKind::latest, schema_) +
                 ", cfp_index UBIGINT, cfp_is_store BOOLEAN, cfp_new_place BOOLEAN)");
  ChunkAppender rows(connection, "temp", "change");
  for (std::uint64_t i = 0; i < changes.size(); ++i) {
    const ItemChange& change = changes[i];
    const model::Record& record = *change.last.record;
    const bool is_store = record.state->operation == model::Operation::store;
    CFP_CHECK(!is_store || change.first_store_sequence != 0);
    append_visible(rows, record, 1, schema_);
    rows.number(static_cast<std::int32_t>(change.last.version));
    rows.number(record.sequence());
    rows.number(change.first_store_sequence);
    rows.number(record.key_hash);
    rows.number(record.collection_hash);
    rows.number(i);
    rows.number(is_store);
    rows.number(change.erased_in_between);
    rows.end_row();
  }
  rows.close();
}

MetaRow DuckDbLatest::write_staged(std::span<const ItemChange> changes, std::uint64_t watermark) {
  const Connection& connection = live_->writer();
  connection.run(
      "CREATE OR REPLACE TEMP TABLE hit AS SELECT t.row_id, t.cfp_seq, t.cfp_first_seq, c.cfp_index FROM (SELECT rowid "
      "AS row_id, * FROM storage_latest WHERE cfp_key_hash IN (SELECT cfp_key_hash FROM temp.change)) AS t JOIN "
      "temp.change AS c ON " +
      same_item("t"));
  MetaRow next = meta_;
  next.meta.watermark = watermark;
  const Meta hits = forget_hits(next);
  connection.run(
      "INSERT INTO storage_latest (" + column_list(TableKind::latest, schema_) + ") SELECT " +
      visible_columns(schema_, "c.") +
      ", c.cfp_version, c.cfp_seq, CASE WHEN h.cfp_index IS NULL OR c.cfp_new_place THEN c.cfp_first_seq ELSE "
      "h.cfp_first_seq END, c.cfp_key_hash, c.cfp_collection_hash FROM temp.change AS c LEFT JOIN temp.hit AS h ON "
      "h.cfp_index = c.cfp_index WHERE c.cfp_is_store ORDER BY c.cfp_index");
  connection.run("DELETE FROM cfp_deleted AS d USING temp.change AS c WHERE " + same_item("d"));
  connection.run("INSERT INTO cfp_deleted (" + std::string(deleted_columns()) + ") SELECT " +
                 std::string(deleted_columns()) + " FROM temp.change WHERE NOT cfp_is_store ORDER BY cfp_index");
  for (const ItemChange& change : changes) {
    if (change.last.record->state->operation == model::Operation::erase) continue;
    add_row(next.meta, change.last.record->sequence());
    ++next.tail_rows;
  }
  // The least or greatest may have gone: only the table knows which is next.
  if (hits.rows > 0 && (hits.min_sequence == meta_.meta.min_sequence || hits.max_sequence == next.meta.max_sequence)) {
    const Meta counted = count_rows(connection, "storage_latest");
    CFP_CHECK(counted.rows == next.meta.rows && counted.xor_sequence == next.meta.xor_sequence);
    next.meta.min_sequence = counted.min_sequence;
    next.meta.max_sequence = counted.max_sequence;
  }
  return next;
}

Meta DuckDbLatest::forget_hits(MetaRow& next) {
  const Connection& connection = live_->writer();
  Meta hits = count_rows(connection, "temp.hit");
  if (hits.rows == 0) return hits;
  Result deleted = connection.run("DELETE FROM storage_latest WHERE rowid IN (SELECT row_id FROM temp.hit)");
  CFP_CHECK(deleted.rows_changed() == hits.rows);
  CFP_CHECK(hits.rows <= next.meta.rows);
  next.meta.rows -= hits.rows;
  next.meta.xor_sequence ^= hits.xor_sequence;
  return hits;
}

void DuckDbLatest::sort() {
  const std::filesystem::path path = live_->path();
  MetaRow sorted = meta_;
  sorted.tail_rows = 0;
  translated(live_->name(), [&] {
    live_->checkpoint();  // rows that are only in the log would stay in memory
    FreshDatabase fresh(live_->writer(), path);
    copy_sorted(live_->writer(), schema_, sorted);
    CFP_FAILPOINT("latest.sort.built");
    live_->replace([&] { fresh.detach(); },
                   [&] {
                     CFP_FAILPOINT("latest.sort.closed");
                     remove_logs(replacement_of(path));
                     remove_logs(path);
                     put_in_place(path);
                     return reopen_();
                   });
  });
  CFP_FAILPOINT("latest.sort.done");
  const std::lock_guard lock(meta_mutex_);
  meta_ = sorted;
}

}  // namespace cfp::tables::duckdb
