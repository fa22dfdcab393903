#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cfp {

/// How important a message to `CollectionConfig::log_sink` is.
enum class LogLevel { info, warning, error };

/// Receives messages for people: recoveries, failed flushes, files that were set aside. Never user data. Called by
/// any thread, never with a lock of the store held; it must not throw and must not call the store.
using LogSink = std::function<void(LogLevel, std::string_view)>;

/// A custom column: its name and its PyArrow type name ("int32", "string", "timestamp[us]", ...).
using ExtraColumn = std::pair<std::string, std::string>;

/// What an open does about damage that backups and log can mend.
enum class OnDamage {
  heal,   ///< Mends it and reports it.
  raise,  ///< Throws `corrupt`, saying what it would do; changes nothing.
};

/// When a store returns, and what may be taken back after that. Whatever the mode, what is read later is a beginning of
/// what was stored, without a gap; a kill of the process takes nothing back; and the tables never have what the log
/// may still lose.
enum class Durability {
  always,    ///< On disk: nothing takes it back.
  interval,  ///< Written, and on disk `durability_interval_ms` later. A loss of power may take back what was stored
             ///< since.
  none,  ///< Written, and on disk when something else wants it: `sync`, a flush, a store with `always`, `close`, the
         ///< end of a segment.
};

/// Options of a store. All sizes are bytes. Values out of range are refused at open (invalid_argument).
struct CollectionConfig {
  /// Directory of all files of the store; made (0700) when missing. Must not be a symbolic link.
  std::filesystem::path base_dir = "./collection_storage";
  /// Size at which a log segment is closed and the next begun. 4 KiB to 1 GiB.
  std::uint64_t max_wal_size = 10 * 1024 * 1024;
  /// Number of records after which the background thread moves them to the history table. At least 1.
  std::uint64_t batch_size = 1000;
  /// Longest time a record waits for that. More than 0.
  double duckdb_flush_interval_seconds = 30;
  /// Days for which backups are kept, counted from the earlier of today and the store's date; max(2, retain_days) are
  /// kept whatever their age. At least 0.
  int retain_days = 5;
  /// Custom columns of both tables, filled from fields of `data`, in the order given.
  std::vector<ExtraColumn> extra_schema;
  /// What an open does about columns of `extra_schema` that the tables of the store lack: false throws
  /// ExtraSchemaError; true writes both tables anew with them (seconds for each million of rows, and room for a second
  /// copy), filled from `data` of the records that are there. A field that does not fit is NULL there, and counted in
  /// the log. An open with `read_only` adds nothing.
  bool add_missing_columns = false;

  /// How durable a store is when it returns, unless the call says so itself.
  Durability durability = Durability::always;
  /// The window of Durability::interval. 1 to 60,000.
  std::uint64_t durability_interval_ms = 100;

  /// Memory for records that are not yet in the latest table. When it is full, `store` waits. At least 1 MiB.
  std::uint64_t max_unflushed_bytes = 256 * 1024 * 1024;
  /// Memory for what was read and stored, which makes reads fast: none is no bound. Of more than that, collections
  /// that were not used for long leave, and the next read loads them again. Records that are not yet in the latest
  /// table stay, so that table follows when they take a quarter of it. docs/operations.md says how to choose it. At
  /// least 1 MiB.
  std::optional<std::uint64_t> max_cache_bytes;
  /// How long `store` waits for room before it reports why the tables take nothing. At least 0.
  double store_timeout_seconds = 30;
  /// Longest time before the latest table follows the history table. More than 0.
  double latest_interval_seconds = 300;
  /// Longest record, as a log line. 1 KiB to 64 MiB.
  std::uint64_t max_record_bytes = 16 * 1024 * 1024;
  /// Whether text in `data` that is a date or a date-time is kept as a timestamp with an offset.
  bool normalize_datetimes = true;
  /// Allows a network file system. The lock that keeps a second process out may not work there.
  bool allow_network_fs = false;
  /// Limits of each of the two DuckDB instances. At least 256 MiB; 1 to 64 threads.
  std::uint64_t duckdb_memory_limit_bytes = 512 * 1024 * 1024;
  int duckdb_threads = 1;
  /// Whether `close` makes a backup. Without one it leaves the log as it is.
  bool backup_on_close = true;
  /// Bytes of sealed log that no backup covers, at which a backup is made beside the running
  /// store; half the size of the two table files where that is more. At least 1 MiB.
  std::uint64_t backup_log_bytes = 256 * 1024 * 1024;
  /// Longest time between two backups of a running store. More than 0.
  double backup_interval_seconds = 86'400;
  /// Keeps log segments that backups cover, back to the oldest backup that is kept.
  bool archive_wal = false;
  /// What an open does about damage.
  OnDamage on_damage = OnDamage::heal;
  /// Opens without creating or changing anything, also where nothing may be written; beside other readers, but never
  /// beside a writer (locked). Reads see everything acknowledged; calls that would change something throw `read_only`.
  /// docs/durability.md says what queries see after a crash.
  bool read_only = false;
  /// Where messages for people go; none by default.
  LogSink log_sink;
};

}  // namespace cfp
