#pragma once

// From what a history that cannot be used is restored. Pure decisions over what was found; nothing here touches a file.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cfp/error.h"

namespace cfp::recovery {

/// Who says to which store a directory belongs.
struct StoreIds {
  std::string history;            ///< Of a history that can be read; else empty.
  bool history_is_empty = false;  ///< It holds no record.
  std::string latest;             ///< Of a latest that can be read; else empty.
  std::vector<std::string> log;   ///< One for each segment.
  std::vector<std::string> backups;
};

/// The directory's store; empty when nobody says. Log and backups stay where they are made, so they decide against a
/// DuckDB file that was put there; a stray segment does not decide against them. Throws `corrupt` when they belong to
/// several stores and nothing tells which is meant; also where neither is there and the two tables disagree.
std::string store_of_directory(const StoreIds& ids);

/// That the tables are of these two stores, and nobody says which is meant.
CollectionFastPersistError two_stores(const std::string& history, const std::string& latest);

/// What history can be restored from.
struct HistorySource {
  enum class Kind {
    as_it_is,    ///< The file is good, and only older than it should be.
    checkpoint,  ///< The file without its own log.
    backup,
    log,  ///< Nothing but the log, from the first record on.
  };
  Kind kind = Kind::log;
  std::string name;            ///< For people: "2025-12-24/storage_history.duckdb.backup".
  std::filesystem::path path;  ///< Of a backup.
  std::uint64_t watermark = 0;
};

/// How far the log leads from a watermark on.
struct LogReach {
  std::uint64_t last_sequence = 0;
  std::uint64_t records = 0;  ///< That are replayed.
};

/// A source that brings back everything that is known to have been acknowledged.
struct HistoryChoice {
  HistorySource source;
  LogReach reach;
};

struct SourceChecks {
  /// Throws `corrupt` where the log has a gap behind the watermark.
  std::function<LogReach(std::uint64_t watermark)> reach;
  /// Reads everything in it.
  std::function<bool(const HistorySource& source)> is_good;
};

/// The first source, in the order given, from which the log leads through `required` and that is good to its last
/// byte; reading it comes last, since it takes longest. Adds to `reasons` why the ones before it do not serve.
std::optional<HistoryChoice> choose_source(std::span<const HistorySource> sources, std::uint64_t required,
                                           const SourceChecks& checks, std::vector<std::string>& reasons);

/// "2025-12-24/storage_history.duckdb.backup, which holds the records through 20"
std::string description_of(const HistorySource& source);

}  // namespace cfp::recovery
