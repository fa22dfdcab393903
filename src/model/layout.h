#pragma once

// The names of all files and directories of a store (docs/formats/directory.md). User text never becomes part of one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cfp/timestamp.h"

namespace cfp::model {

inline constexpr std::string_view kHistoryFile = "storage_history.duckdb";
inline constexpr std::string_view kLatestFile = "storage_latest.duckdb";
inline constexpr std::string_view kHistoryTable = "storage_history";
inline constexpr std::string_view kLatestTable = "storage_latest";
inline constexpr std::string_view kLockFile = ".lock";
inline constexpr std::string_view kSpillDirectory = ".tmp";
inline constexpr std::string_view kNewSuffix = ".new";
inline constexpr std::string_view kTemporarySuffix = ".tmp";
inline constexpr std::string_view kBackupSuffix = ".backup";
inline constexpr std::string_view kCoveredSuffix = ".covered";
inline constexpr std::string_view kArchivedSuffix = ".archived";
inline constexpr std::string_view kTornSuffix = ".torn";
inline constexpr std::string_view kCorruptSuffix = ".corrupt";

/// ".lock_2025-12-24"
std::string date_lock_file(const Date& date);
/// "wal_000001.jsonl"; more digits when the number needs them.
std::string segment_file(std::uint64_t number);

/// A file in a date directory that has to do with the log: "wal_000001.jsonl" + suffix ("" for a live segment,
/// ".covered", ".archived", ".torn", ".corrupt", ".1.torn", ...).
struct SegmentName {
  std::uint64_t number;
  std::string suffix;
};
std::optional<SegmentName> parse_segment_name(std::string_view name);
/// Whether a name in base_dir is that of a date directory.
std::optional<Date> parse_date_directory(std::string_view name);

}  // namespace cfp::model
