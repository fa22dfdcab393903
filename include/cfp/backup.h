#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cfp/timestamp.h"

namespace cfp {

/// A backup of a store: a file `{date}/storage_history.duckdb.backup`, which holds every record through its watermark.
/// It was read in full and compared with its own account of its rows before it got that name.
struct BackupInfo {
  std::filesystem::path path;
  Date date;                    ///< Of its directory.
  bool is_readable = false;     ///< When false, `problem` says why, and the numbers up to `rows` are 0.
  std::string problem{};        ///< For people; empty when it is readable.
  std::string store_id{};       ///< Of the store it was made of: 32 hexadecimal digits.
  std::uint64_t watermark = 0;  ///< It holds every record up to this sequence.
  std::uint64_t rows = 0;       ///< Of the history table.
  std::uint64_t bytes = 0;      ///< Size of the file.
  Timestamp made_at{};          ///< When the file was last written, in UTC.
};

/// All backups below a base directory, the one with the highest watermark first, those that cannot be read last.
/// Changes nothing and needs no lock: the store may be open, here or in another process, or be damaged.
/// With `verify` every column of every row is read (3 million rows take about a quarter of a second, and as long as the
/// disk needs); without, a backup counts as readable when it opens and is one of this library's.
/// Throws: invalid_argument (no such directory), permission, io.
[[nodiscard]] std::vector<BackupInfo> list_backups(const std::filesystem::path& base_dir, bool verify = false);

}  // namespace cfp
