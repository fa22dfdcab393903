// What operators call: queries, rebuilds, numbers.

#include <algorithm>
#include <system_error>

#include "engine/base_directory.h"
#include "engine/engine.h"
#include "model/encoder.h"
#include "model/layout.h"
#include "wal/segment_reader.h"

namespace cfp::engine {
namespace {

/// Every record of a date's segments, whatever became of them: live, covered, archived.
std::vector<model::Record> read_date(os::Directory& directory, const std::string& store_id) {
  std::vector<model::Record> records;
  for (const os::DirectoryEntry& entry : directory.list()) {
    const auto parsed = model::parse_segment_name(entry.name);
    if (!parsed || entry.kind != os::EntryKind::file) continue;
    if (!parsed->suffix.empty() && parsed->suffix != ".covered" && parsed->suffix != ".archived") continue;
    const auto file = directory.open(entry.name, os::OpenMode::read);
    wal::SegmentReader reader(wal::read_all(*file));
    for (auto step = reader.next(); step != wal::SegmentReader::Step::end; step = reader.next()) {
      if (step != wal::SegmentReader::Step::line) continue;
      if (reader.line().header && reader.line().header->store_id != store_id) break;
      if (!reader.line().header) records.push_back(std::move(reader.line().record));
    }
  }
  std::sort(records.begin(), records.end(),
            [](const model::Record& a, const model::Record& b) { return a.sequence() < b.sequence(); });
  const auto same = [](const model::Record& a, const model::Record& b) { return a.sequence() == b.sequence(); };
  records.erase(std::unique(records.begin(), records.end(), same), records.end());
  return records;
}

}  // namespace

void Engine::settle(Table table) {
  check_usable();
  const std::uint64_t last = unflushed_->last_sequence();
  const auto numbers = flusher_->numbers();
  if (table != Table::latest) {
    if (numbers.history_watermark < last) flusher_->flush();
  } else if (numbers.latest_watermark < last) {
    flusher_->update_latest();
  }
}

QueryResult Engine::query(Table table, std::string_view sql, const std::vector<Value>& parameters,
                          const QueryLimits& limits) {
  settle(table);
  if (table == Table::latest) {
    return tables_.with_latest(
        [&](tables::LatestTable& latest) { return latest.connect_read_only()->execute(sql, parameters, limits); });
  }
  return tables_.with_history([&](tables::HistoryTable& history) {
    return history.connect_read_only(table == Table::both)->execute(sql, parameters, limits);
  });
}

std::uint64_t Engine::rebuild_history_from_wal(const Date& date) {
  check_usable();
  std::uint64_t count = 0;
  flusher_->with_everything_applied([&] {
    try {
      if (!parts_.base->contains(date.to_string())) return;
      const auto directory = parts_.base->open_directory(date.to_string(), false);
      std::vector<model::Record> records = read_date(*directory, store_id_);
      const std::uint64_t watermark = flusher_->numbers().history_watermark;
      std::erase_if(records, [&](const model::Record& record) { return record.sequence() > watermark; });
      count = records.size();
      std::vector<std::uint64_t> sequences;
      sequences.reserve(records.size());
      for (const model::Record& record : records) sequences.push_back(record.sequence());
      const auto missing = tables_.with_history([&](auto& table) { return table.missing(sequences); });
      if (missing.empty()) return;
      std::erase_if(records, [&](const model::Record& record) {
        return !std::binary_search(missing.begin(), missing.end(), record.sequence());
      });
      for (model::Record& record : records) unfit_fields_ += model::project(record, schema_);
      tables_.change_history([&](auto history) { return parts_.tables->rebuild_history(std::move(history), records); });
    } catch (const std::system_error& error) {
      throw describe(error, base_path_ / date.to_string());
    }
  });
  return count;
}

std::uint64_t Engine::rebuild_latest() {
  check_usable();
  std::uint64_t rows = 0;
  flusher_->with_everything_applied([&] {
    tables_.change_latest([&](tables::HistoryTable& history) {
      rows = parts_.tables->rebuild_latest(history, store_id_);
      return parts_.tables->open_latest(schema_, store_id_);
    });
  });
  return rows;
}

Stats Engine::stats() const {
  check_usable();
  Stats stats;
  const auto flushed = flusher_->numbers();
  const auto log = writer_->numbers();
  stats.cache_size = cache_->keys();
  stats.cache_bytes = cache_->bytes();
  stats.evicted_collections = cache_->evicted();
  stats.unflushed_records = unflushed_->count_after(flushed.history_watermark);
  stats.pending_writes = (stats.unflushed_records + config_.batch_size - 1) / config_.batch_size;
  stats.modified_records = unflushed_->items_after(flushed.latest_watermark);
  stats.current_wal_size = log.segment_bytes;
  stats.current_wal_count = log.segment_records;
  const auto backups = backups_->numbers();
  stats.wal_files_count = earlier_segments_ + log.segments_made;
  stats.wal_files_count -= std::min(stats.wal_files_count, backups.retired_files);
  stats.wal_sequence = log.segment;
  stats.last_sequence = log.last_sequence;
  stats.unsynced_records = log.last_sequence - std::min(log.synced_sequence, log.last_sequence);
  stats.history_watermark = flushed.history_watermark;
  stats.latest_watermark = flushed.latest_watermark;
  stats.unflushed_bytes = unflushed_->bytes();
  stats.log_bytes = live_log_bytes();
  stats.kept_log_bytes = backups.kept_log_bytes;
  stats.backups_made = backups.made;
  stats.last_backup_at = backups.last_at;
  stats.last_backup_watermark = backups.last_watermark;
  stats.last_backup_error = backups.last_error;
  stats.set_aside_bytes = set_aside_bytes_;
  stats.torn_bytes = replayed_.torn_bytes;
  stats.healed_files = healed_files_;
  stats.damaged_files = health_.damaged_files();
  stats.unfit_fields = unfit_fields_;
  stats.recovered_records = replayed_.recovered_records;
  stats.flush_errors = flushed.errors;
  stats.last_flush_error_at = flushed.last_error_at;
  stats.last_flush_error = flushed.last_error;
  stats.stored_records = stored_records_.load(std::memory_order_relaxed);
  stats.deleted_records = deleted_records_.load(std::memory_order_relaxed);
  stats.loads = loads_.load(std::memory_order_relaxed);
  const base::RecentTimes& syncs = writer_->sync_times();
  stats.syncs = syncs.count();
  stats.sync_seconds = syncs.total_seconds();
  stats.sync_p50_seconds = syncs.quantile_seconds(0.5);
  stats.sync_p99_seconds = syncs.quantile_seconds(0.99);
  const base::RecentTimes& flushes = flusher_->times();
  stats.flushes = flushes.count();
  stats.flush_seconds = flushes.total_seconds();
  stats.flush_p50_seconds = flushes.quantile_seconds(0.5);
  stats.flush_p99_seconds = flushes.quantile_seconds(0.99);
  return stats;
}

}  // namespace cfp::engine
