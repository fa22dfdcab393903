#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/backup.h"
#include "cfp/batch.h"
#include "cfp/change_options.h"
#include "cfp/config.h"
#include "cfp/data.h"
#include "cfp/error.h"
#include "cfp/history.h"
#include "cfp/listing.h"
#include "cfp/metrics.h"
#include "cfp/past_view.h"
#include "cfp/query.h"
#include "cfp/record.h"
#include "cfp/repair.h"
#include "cfp/restore.h"
#include "cfp/stats.h"
#include "cfp/storage_keys.h"
#include "cfp/timestamp.h"
#include "cfp/transfer.h"
#include "cfp/watch.h"

namespace cfp {

/// Receives the outcome of a `store_async`: the record's sequence, or 0 and the error that `store` would have thrown.
/// Runs on a thread of the store, or on the one that closes it, and is destroyed there: it must not throw (`log_sink`
/// hears when it does), must not call the store, and must not wait for anything that does, since every later
/// outcome waits for it.
using StoreCallback = std::function<void(std::uint64_t sequence, std::exception_ptr error)>;

/// An embedded store of small items in three levels: key -> collection -> item.
///
/// Durability: when `store` returns, the record is on disk; no reader sees a record before that. After any crash the
/// next open finds every record that was acknowledged, exactly once. (`Durability` says what is less than that.)
/// Threads: every call may be made by any number of threads at once. Threads that store at the same time share one
/// sync of the disk. Readers never wait for a writer's disk.
/// Processes: one at a time; or any number that only read (`CollectionConfig::read_only`). After fork() the child's
/// object is unusable (code `forked`).
/// Failure: every call throws CollectionFastPersistError. One that refuses its input changed nothing. After a failed
/// sync of the log every write throws `failed`, reads go on, and opening again recovers.
class CollectionFastPersist {
 public:
  /// Opens the store in `config.base_dir`, or makes it, and recovers whatever a crash left behind. `date` names the
  /// directory of this session's log segments; records of all dates are one store. A table file that is damaged,
  /// missing, older than it was or another store's is set aside and built again from backup and log, unless
  /// `config.on_damage` says to ask first (docs/durability.md says what heals from what).
  /// Throws: locked, permission, read_only_disk, network_disk, disk_full, io, corrupt, newer_version, foreign,
  /// invalid_argument, ExtraSchemaError.
  explicit CollectionFastPersist(const Date& date, CollectionConfig config = {});
  /// As above, with `base_dir` instead of the config's.
  CollectionFastPersist(const Date& date, const std::filesystem::path& base_dir, CollectionConfig config = {});
  /// Closes without a backup and without reporting failure; nothing acknowledged is lost by that. Call `close` to have
  /// both.
  ~CollectionFastPersist();
  CollectionFastPersist(const CollectionFastPersist&) = delete;
  CollectionFastPersist& operator=(const CollectionFastPersist&) = delete;

  /// Stores one record; returns its sequence when it is on disk and visible.
  /// Names are UTF-8 without NUL, at most 4,096 bytes; "" is a name like any other. Where `value`, `timestamp` or
  /// `username` is not given, the field of that name in `data` counts; a timestamp then defaults to now.
  /// With `options` on conditions, which are compared at its place among all stores; where the item has it already, the
  /// sequence is that of the record it has. `durability` overrides the config's for this call; with less than `always`
  /// it returns, and is visible, before it is on disk. Throws: InvalidRecordError, ExtraSchemaError,
  /// VersionConflictError, disk_full, io, failed, overloaded, closed, forked.
  std::uint64_t store(std::string_view key, const Data& data, std::string_view item_name = "",
                      std::string_view collection_name = "", const Value& value = {},
                      const std::optional<Timestamp>& timestamp = std::nullopt,
                      const std::optional<std::string_view>& username = std::nullopt, const ChangeOptions& options = {},
                      const std::optional<Durability>& durability = std::nullopt);
  /// Makes all changes of the batch or none, through any crash, with one sync; readers see all of them at once. Every
  /// expected version is compared, and one conflict refuses the whole. At most 64 MiB of log. An empty one does
  /// nothing. Throws: as `store`, and invalid_argument (too large).
  BatchResult commit(const Batch& batch, const std::optional<Durability>& durability = std::nullopt);
  /// Everything stored before the call is on disk when it returns, whatever its durability. Throws: failed, closed,
  /// forked.
  void sync();

  /// Deletes an item: readers have it no more, history keeps it and who deleted it, and when. A later store goes on
  /// with its versions (the delete has one, too) and comes last in the order of the collection. Returns how many were
  /// deleted: 1, or 0 and nothing is written when the item is not there (or the request was answered before). Durable
  /// when it returns. Throws: as `store`.
  std::uint64_t delete_item(std::string_view key, std::string_view collection_name, std::string_view item_name,
                            const std::optional<std::string_view>& username = std::nullopt,
                            const ChangeOptions& options = {});
  /// Deletes all items that the collection has, or all of the key, as one batch: exactly those that are there at its
  /// place among all stores. Returns how many. Of `options` the reason and the request. Throws: as `commit`, and
  /// invalid_argument (conditions on one item).
  std::uint64_t delete_collection(std::string_view key, std::string_view collection_name,
                                  const std::optional<std::string_view>& username = std::nullopt,
                                  const ChangeOptions& options = {});
  std::uint64_t delete_key(std::string_view key, const std::optional<std::string_view>& username = std::nullopt,
                           const ChangeOptions& options = {});
  /// Stores the item again as it was in that version, as its newest one: data, value and timestamp, and the username
  /// unless one is given. Returns its sequence.
  /// Throws: as `store`, and invalid_argument (no such version, or it is a delete).
  std::uint64_t restore_item(std::string_view key, std::string_view collection_name, std::string_view item_name,
                             std::uint32_t version, const std::optional<std::string_view>& username = std::nullopt,
                             const ChangeOptions& options = {});

  /// Takes the same for storing and returns at once, without waiting for the disk. `done` is called exactly once: when
  /// the record is on disk and visible, or when it is refused; perhaps before this call returns. What is on its way
  /// shares syncs with itself and with the threads that call `store`; the outcomes of one sync are told in one go.
  /// Order: calls of one thread are stored in their order; a `store` beside them may overtake them. A timestamp that
  /// is not given is the time of this call.
  /// Memory: 16 MiB may wait. When that is full, the call waits for room, for `store_timeout_seconds` at most.
  /// Durability: as `store`, from `done` on, or more: what is stored together is as durable as the one that asks for
  /// most, and on disk if one has conditions. `close` and the destructor store what was taken before them and tell all
  /// outcomes before they return. After fork() the child is told nothing.
  /// Throws, and then `done` is not called: invalid_argument (no `done`), overloaded (no room; says why), io (no thread
  /// to be had), closed, forked, read_only.
  void store_async(std::string key, Data data, std::string item_name, std::string collection_name, Value value,
                   std::optional<Timestamp> timestamp, std::optional<std::string> username, StoreCallback done,
                   ChangeOptions options = {}, std::optional<Durability> durability = std::nullopt);

  /// All collections of a key; nullopt when it has no items. Loads what is not in memory yet.
  [[nodiscard]] std::optional<Collections> get_key(std::string_view key);
  /// The items of one collection; nullopt when it has none.
  [[nodiscard]] std::optional<Items> get_key(std::string_view key, std::string_view collection_name);
  /// One item; nullopt when there is none.
  [[nodiscard]] std::optional<Record> get_item(std::string_view key, std::string_view collection_name,
                                               std::string_view item_name);
  /// What `get_item` returns, if it is in memory (or known to be missing); the outer nullopt if it has to be loaded
  /// first. Never waits for a disk: for event loops.
  [[nodiscard]] std::optional<std::optional<Record>> peek_item(std::string_view key, std::string_view collection_name,
                                                               std::string_view item_name);
  /// The same as `get_item`: in C++ a Record has everything.
  [[nodiscard]] std::optional<Record> get_record(std::string_view key, std::string_view collection_name,
                                                 std::string_view item_name) {
    return get_item(key, collection_name, item_name);
  }

  /// The versions of an item, the newest first, deletes too, flushed or not; none for an item that never was. Those in
  /// memory cost no disk; a few are found at once, more by one scan of a column of history.
  /// Throws: invalid_argument (a limit below 1), closed, forked.
  [[nodiscard]] std::vector<ItemVersion> get_history(std::string_view key, std::string_view collection_name,
                                                     std::string_view item_name, const HistoryQuery& query = {});
  /// One of them; nullopt when there is none of that number.
  [[nodiscard]] std::optional<ItemVersion> get_version(std::string_view key, std::string_view collection_name,
                                                       std::string_view item_name, std::uint32_t version);
  /// What is different in version `b` from version `a`, in whichever order they came. Throws: invalid_argument when one
  /// of them is not there.
  [[nodiscard]] VersionDiff diff(std::string_view key, std::string_view collection_name, std::string_view item_name,
                                 std::uint32_t a, std::uint32_t b);
  /// As without `as_of`, but what was there at that moment. The values, versions and order are those of then.
  [[nodiscard]] std::optional<Collections> get_key(std::string_view key, const AsOf& as_of);
  [[nodiscard]] std::optional<Items> get_key(std::string_view key, std::string_view collection_name, const AsOf& as_of);
  [[nodiscard]] std::optional<Record> get_item(std::string_view key, std::string_view collection_name,
                                               std::string_view item_name, const AsOf& as_of);

  /// The whole store as it was at a moment, which stays what it is. A moment that has not come yet means now.
  /// Throws: closed, forked, and what reading the tables throws.
  [[nodiscard]] PastView as_of(const AsOf& moment);

  /// Every change from now on, or from a sequence on, in order: for any number of watchers, however slow. (`Watcher`
  /// says what is given when.) Throws: invalid_argument (a sequence that the store has not reached, a prefix that is no
  /// UTF-8), read_only, closed, forked.
  [[nodiscard]] Watcher watch(WatchOptions options = {});
  /// The same, told to `callback` on a thread of its own, until the subscription is destroyed or the store is closed.
  /// Throws: as `watch`, and invalid_argument (no callback), io (no thread to be had).
  [[nodiscard]] Subscription subscribe(WatchCallback callback, WatchOptions options = {});

  /// The keys that have items, in order, a page at a time; then the collections of a key that have any, and the items
  /// of a collection. All that is acknowledged, flushed or not, and nothing of it is loaded into memory. What comes or
  /// goes during the call may be in it or not. A page of keys costs one scan of the keys of all items, so ask for large
  /// ones. Throws: invalid_argument (a limit below 1, texts that are no UTF-8), closed, forked.
  [[nodiscard]] std::vector<std::string> keys(const ListQuery& query = {});
  [[nodiscard]] std::vector<std::string> collections(std::string_view key, const ListQuery& query = {});
  [[nodiscard]] std::vector<Record> items(std::string_view key, std::string_view collection_name,
                                          const ListQuery& query = {});
  /// The keys that are in memory (`Stats::cache_size` counts them): those that were read or stored lately. In no
  /// particular order, but the same one as long as nothing changes. Waits for no disk. Throws: closed, forked.
  [[nodiscard]] std::vector<std::string> cached_keys() const;

  /// Moves everything acknowledged before the call to the history table; waits for it. Throws what a flush failed of.
  void flush_data_to_duckdb();
  /// Whether a DuckDB file of the store is readable to its last column and agrees with its own account of its rows.
  /// `table_name` is "storage_history" or "storage_latest" (else invalid_argument). A file of this running store is
  /// read through its own connection; damage there is marked, and the next open heals it, from a backup and the log,
  /// or says what is missing. False for missing, damaged and unreadable.
  [[nodiscard]] bool check_database_health(const std::filesystem::path& db_path, std::string_view table_name);
  /// Makes sure that every log record of that date is in the history table, and counts them. Flushes first.
  std::uint64_t rebuild_history_from_wal(const Date& date);
  /// Builds the latest table anew from history, by a new file and a rename; returns its rows. Flushes first.
  std::uint64_t rebuild_latest_from_history();

  /// Makes a backup of everything acknowledged before the call, beside the running store, in the directory of the
  /// clock's day in UTC (which need not be the store's date); replaces an earlier one of that day. Readers and writers
  /// go on; the tables take nothing while the file is copied. A call while another backup runs waits, then makes its
  /// own. Throws: disk_full, io, corrupt (the copy read back is not what the table holds), foreign (something of
  /// another store lies in its place), closed. Nothing but the backup is missing then: earlier ones and the log stay.
  BackupInfo backup();
  /// As the function of that name.
  [[nodiscard]] std::vector<BackupInfo> list_backups(bool verify = false) const;
  [[nodiscard]] Stats get_stats() const;
  /// Flushes, brings latest up to date, checkpoints and closes both tables, makes a backup in the store's date
  /// directory
  /// (`backup_on_close`; none when there is one with everything already), retires the log, and gives the lock back.
  /// Throws what failed; nothing is lost then, and it may be called again. When only the backup failed, the store is
  /// closed all the same: the log stays, and the next close makes one. Once closed, further calls do nothing.
  void close();

  /// Read-only SQL over both tables, as of one moment: one statement, SELECT or EXPLAIN, with `parameters` for `?` or
  /// `$1`, `$2`, ... Everything acknowledged before the call is visible. In a statement that names both tables,
  /// storage_latest is computed from history, which takes as long as reading the names of all its rows, and has, of
  /// our own columns, cfp_version and cfp_seq. Beside what QueryConnection refuses, a query that runs longer or gives
  /// more rows than `limits` is stopped. Throws: sql, closed, forked, invalid_argument (a limit that is none).
  [[nodiscard]] QueryResult sql(std::string_view query, const std::vector<Value>& parameters = {},
                                const QueryLimits& limits = {30.0, 1'000'000});
  /// The same over one table alone, without limits.
  [[nodiscard]] QueryConnection& history_conn();
  [[nodiscard]] QueryConnection& latest_conn();

  /// Writes records to a new file (or directory, `ExportOptions::partition_by`), for DuckDB, pandas, spreadsheets, or
  /// `import_records`: all that is acknowledged before the call, as of one moment, in order of sequence. Columns, in
  /// each format: those of the tables (timestamp and updated_at in UTC), cfp_seq, cfp_op ('store' or 'delete'),
  /// cfp_reason, cfp_request_id. Runs in a DuckDB instance of its own, beside readers and writers, in bounded memory.
  /// The file appears whole (0600, synced) or not at all. Throws: invalid_argument (the path is taken, or lies in
  /// base_dir; no such column), disk_full, io, corrupt, closed, forked, read_only (as queries say), and what `progress`
  /// throws.
  ExportResult export_records(const std::filesystem::path& path, const ExportOptions& options = {});
  /// Stores what a file holds, or all files of a directory, in its order (cfp_seq where a directory has it): each row
  /// as `store` would, or `delete_item` where cfp_op is 'delete', a thousand at a time as one batch. Columns: key, and
  /// if there are any collection_name, item_name, data (an object, or its text), value (or value_int, value_float,
  /// value_string), timestamp, username, reason (or cfp_reason). In a file that was exported (it has cfp_seq) all other
  /// columns are left out, since the store computes them; in any other, they are refused. An empty cell of CSV that is
  /// not quoted is no value.
  /// Every row is checked before the first is stored, so a row that is refused changes nothing: the error names it.
  /// What fails later (a full disk) leaves the batches before it, and says how many rows they are. Throws: as `commit`,
  /// invalid_argument (not that format, no such file, unknown columns), read_only, and what `progress` throws.
  ImportResult import_records(const std::filesystem::path& path, const ImportOptions& options = {});

  [[nodiscard]] std::filesystem::path base_dir() const;
  [[nodiscard]] std::filesystem::path history_db_path() const;
  [[nodiscard]] std::filesystem::path latest_db_path() const;
  [[nodiscard]] Date date() const;

 private:
  friend class PastView;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cfp
