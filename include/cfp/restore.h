#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cfp/config.h"
#include "cfp/timestamp.h"

namespace cfp {

/// How far a restore goes.
class RestoreTarget {
 public:
  /// Everything that the store acknowledged.
  static RestoreTarget everything() { return {}; }
  /// Through this record, first to last. A number inside an atomic batch means: before the batch.
  static RestoreTarget sequence(std::uint64_t last) {
    RestoreTarget target;
    target.sequence_ = last;
    return target;
  }
  /// Through the last record that was accepted at this time or before (its `updated_at`).
  static RestoreTarget time(const Timestamp& last) {
    RestoreTarget target;
    target.time_ = last;
    return target;
  }

  [[nodiscard]] const std::optional<std::uint64_t>& sequence() const noexcept { return sequence_; }
  [[nodiscard]] const std::optional<Timestamp>& time() const noexcept { return time_; }

 private:
  std::optional<std::uint64_t> sequence_;
  std::optional<Timestamp> time_;
};

struct RestoreOptions {
  /// Size of the new store's log segments. 4 KiB to 1 GiB.
  std::uint64_t max_wal_size = 10 * 1024 * 1024;
  /// Custom columns, needed only where the history has to be built from the log alone.
  std::vector<ExtraColumn> extra_schema;
  /// Allows a network file system for the new store.
  bool allow_network_fs = false;
  /// Limits of DuckDB, as the config's options are.
  std::uint64_t duckdb_memory_limit_bytes = 512 * 1024 * 1024;
  int duckdb_threads = 1;
  /// Where messages for people go; none by default.
  LogSink log_sink;
};

struct RestoreReport {
  std::uint64_t through = 0;                 ///< Sequence of the last record in the new store; 0: it is empty.
  std::uint64_t records = 0;                 ///< Rows of its history.
  std::uint64_t items = 0;                   ///< Rows of its latest table.
  std::optional<Timestamp> last_updated_at;  ///< When the last record was accepted, UTC.
  std::string source;  ///< What its history was made of, e.g. "2025-12-24/...backup"; empty: the log.
};

/// Makes a new store, with an id of its own, of a closed store or what is left of one: of its history (or, where that
/// is damaged, its furthest verified backup) and its log. Sequences, versions and times stay what they were, and the
/// new store goes on above them. The source is only read, also where it is damaged, on a disk that is read-only, or
/// without its `.lock`. `into` must be missing or an empty directory outside of `base_dir` (and not around it). Needs
/// there the space of the history table twice, and of the log. Durability: when it returns, the new store is whole and
/// closed. After a failure what was made is removed; after a kill `into` holds a directory that nobody opens by
/// mistake: remove it and call restore again. Threads: any. Holds a shared lock on the source: its store must be
/// closed. Throws CollectionFastPersistError: invalid_argument (no store there, `into` not empty or not outside, a
/// sequence that the store has not reached), corrupt (what is asked for cannot be read; the message says through which
/// sequence it can), locked, permission, read_only_disk, disk_full, io, newer_version, foreign.
RestoreReport restore(const std::filesystem::path& base_dir, const std::filesystem::path& into,
                      const RestoreTarget& to = RestoreTarget::everything(), const RestoreOptions& options = {});

}  // namespace cfp
