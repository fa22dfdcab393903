#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cfp/timestamp.h"

namespace cfp {

/// Numbers about a running store. Each is true at some moment during the call; together they are no snapshot.
struct Stats {
  std::uint64_t cache_size = 0;         ///< Keys in the cache.
  std::uint64_t pending_writes = 0;     ///< Batches (of `batch_size`) that wait for the history table.
  std::uint64_t modified_records = 0;   ///< Items whose last record is not yet in the latest table.
  std::uint64_t current_wal_size = 0;   ///< Bytes of records in the active log segment.
  std::uint64_t current_wal_count = 0;  ///< Records in the active log segment.
  std::uint64_t wal_files_count = 0;    ///< Log segments in all date directories that no backup covers yet.
  std::uint64_t wal_sequence = 0;       ///< Number of the active log segment.

  std::uint64_t last_sequence = 0;      ///< Number of the last acknowledged record.
  std::uint64_t unsynced_records = 0;   ///< Acknowledged, but not on disk yet: stored with less than `always`.
  std::uint64_t history_watermark = 0;  ///< The history table holds every record up to this number.
  std::uint64_t latest_watermark = 0;   ///< The latest table reflects every record up to this number.
  std::uint64_t unflushed_records = 0;  ///< Records that are not yet in the history table.
  std::uint64_t unflushed_bytes = 0;    ///< Memory held for records that are not yet in the latest table.
  std::uint64_t cache_bytes = 0;  ///< Memory of the cache; what is in `unflushed_bytes` too is counted here again.
  std::uint64_t evicted_collections = 0;  ///< That left the cache since the open, so that it keeps max_cache_bytes.
  std::uint64_t log_bytes = 0;            ///< Bytes of these segments.
  std::uint64_t kept_log_bytes = 0;       ///< Bytes of segments that a backup covers and that are kept all the same.
  std::uint64_t set_aside_bytes = 0;      ///< Bytes of all files that were set aside (.torn, .corrupt).
  std::uint64_t torn_bytes = 0;           ///< Bytes that the last open set aside as a torn tail.
  std::uint64_t healed_files = 0;   ///< Table files that the last open built again: missing, damaged or foreign ones.
  std::uint64_t damaged_files = 0;  ///< Table files in which damage was found since; the next open heals them.
  std::uint64_t unfit_fields = 0;   ///< Fields that did not fit their custom column on replay, and are NULL there.
  std::uint64_t recovered_records = 0;  ///< Records that the last open replayed from the log.
  std::uint64_t flush_errors = 0;       ///< Failed flushes since the last good one.
  std::optional<Timestamp> last_flush_error_at;
  std::string last_flush_error;    ///< Text of the last one; empty when there was none.
  std::uint64_t backups_made = 0;  ///< Since the open.
  /// Of the last backup, one of an earlier session too: when it was made, and that it holds every record up to a
  /// number.
  std::optional<Timestamp> last_backup_at;
  std::uint64_t last_backup_watermark = 0;
  std::string last_backup_error;  ///< Why the last attempt failed; empty when it did not.
  /// Since the open. Reads from memory are not counted, which would cost them more than they take.
  std::uint64_t stored_records = 0;
  std::uint64_t deleted_records = 0;
  std::uint64_t loads = 0;      ///< Reads that had to load a key or a collection from the latest table.
  std::uint64_t syncs = 0;      ///< Syncs of the log; threads that store at the same time share one.
  double sync_seconds = 0;      ///< What they took together.
  double sync_p50_seconds = 0;  ///< Median duration of the last 1,024.
  double sync_p99_seconds = 0;
  std::uint64_t flushes = 0;     ///< Transactions that moved records to the history table.
  double flush_seconds = 0;      ///< What they took together.
  double flush_p50_seconds = 0;  ///< Median duration of the last 1,024.
  double flush_p99_seconds = 0;
};

}  // namespace cfp
