#pragma once

// Records to files and back: for other programs, and from them.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cfp {

/// How records lie in a file: one JSON object a line; comma-separated values with a header line; Apache Parquet,
/// where -0.0 may come back as 0.0: DuckDB's writer takes equal numbers for the same (seen with 1.5.6).
enum class FileFormat { jsonl, csv, parquet };

/// Which records are exported: the last one of each item that is there, or all that were ever stored or deleted.
enum class ExportedTable { latest, history };

/// How far an export or an import is.
struct TransferProgress {
  std::uint64_t records = 0;             ///< Done so far.
  std::optional<std::uint64_t> total{};  ///< Of how many, where that is known.
  bool checking = false;                 ///< Of an import: they were only read and checked so far.
};

/// Called by the thread that made the call, every few thousand records. What it throws ends the transfer, and is
/// thrown by the call.
using TransferCallback = std::function<void(const TransferProgress&)>;

struct ExportOptions {
  /// By default as the path ends: .jsonl or .ndjson, .csv, .parquet.
  std::optional<FileFormat> format{};
  ExportedTable table = ExportedTable::latest;
  /// Names of exported columns, or "date" (the day of updated_at): the path is a directory then, with a subdirectory
  /// NAME=VALUE for each value of the first one, in that for each of the second, and so on. Values are percent-encoded
  /// in these names.
  std::vector<std::string> partition_by{};
  TransferCallback progress{};
};

struct ExportResult {
  std::uint64_t records = 0;
  std::uint64_t last_sequence = 0;  ///< The records are those of the store when this was its last one.
};

struct ImportOptions {
  /// By default as the path ends; for a directory it must be given.
  std::optional<FileFormat> format{};
  /// So many rows at the beginning are left out: to go on where an import ended.
  std::uint64_t skip_rows = 0;
  TransferCallback progress{};
};

struct ImportResult {
  std::uint64_t rows = 0;           ///< Of the file, without those that were skipped.
  std::uint64_t stored = 0;         ///< Records stored.
  std::uint64_t deleted = 0;        ///< Items deleted, by rows that are deletes.
  std::uint64_t last_sequence = 0;  ///< Of the last record; 0: there was nothing to write.
};

}  // namespace cfp
