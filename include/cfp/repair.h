#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cfp/config.h"

namespace cfp {

struct RepairOptions {
  /// Only says what would be done; changes nothing.
  bool dry_run = true;
  /// Allows a network file system, as the config's option does.
  bool allow_network_fs = false;
  /// Limits of DuckDB, as the config's options are.
  std::uint64_t duckdb_memory_limit_bytes = 512 * 1024 * 1024;
  int duckdb_threads = 1;
  /// Where messages for people go; none by default.
  LogSink log_sink;
};

enum class RepairAction {
  finish,         ///< Carries on with a repair that was cut short. Only `file` is set.
  write_segment,  ///< A new log segment, made of the good records of one that is set aside.
  write_history,  ///< A new history table, made of the best backup and of what the latest table has.
  set_aside,      ///< A file is renamed to a free name that ends in `.corrupt`; its bytes stay as they are.
};

/// One thing that a repair does, or would do.
struct RepairStep {
  RepairAction action = RepairAction::set_aside;
  std::string file;          ///< In base_dir, e.g. "2025-12-24/wal_000002.jsonl".
  std::uint64_t offset = 0;  ///< set_aside: where the damage begins; 0 for a whole file.
  std::uint64_t bytes = 0;   ///< set_aside: those that cannot be used; write_*: those that are written.
  std::string text;          ///< For people.
  friend bool operator==(const RepairStep&, const RepairStep&) = default;
};

/// Sequences, first and last included, that the store lacks for good.
struct MissingSequences {
  std::uint64_t first = 0, last = 0;
  std::uint64_t acknowledged = 0;  ///< So many of them, the first ones, were acknowledged for certain.
  friend bool operator==(const MissingSequences&, const MissingSequences&) = default;
};

struct RepairReport {
  std::vector<RepairStep> steps;          ///< In the order in which they are done. Empty: there is nothing to repair.
  std::vector<MissingSequences> missing;  ///< Ascending. Numbers that were given up after a crash may be among them.
  bool done = false;   ///< Whether the steps were carried out; false in a dry run, and where there are none.
  bool opens = false;  ///< Whether the store opens as it is when the call returns, as far as damage is concerned.
};

/// Mends what stops an open with `corrupt`: damage to acknowledged records that neither log nor table nor backup has.
/// What is bad is set aside as `.corrupt`, never deleted or overwritten; every record that can be read is kept, with
/// its sequence; a batch that lost a part is dropped whole. Then the store opens, and goes on above every sequence ever
/// seen. Repeated, or on a store that opens, it does nothing.
/// Durability: all or nothing. A repair that is killed is either not begun or is finished by the next open or repair.
/// Needs disk space for the damaged segments once more, and for the history table where that is made anew.
/// Threads: any. Takes the store's lock.
/// Throws CollectionFastPersistError: invalid_argument (no store there), locked (somebody has it open), permission,
/// read_only_disk, disk_full, io, newer_version, foreign. Nothing has changed then, or the next open finishes it.
RepairReport repair(const std::filesystem::path& base_dir, const RepairOptions& options = {});

}  // namespace cfp
