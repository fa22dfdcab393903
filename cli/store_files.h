#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "cfp/timestamp.h"

namespace cfp::cli {

/// What the files of a store tell without its lock.
struct StoreFiles {
  std::uint64_t last_sequence = 0;  ///< Of the log, or, where it has none, of the newest backup.
  std::optional<Timestamp> last_record_at;
  std::uint64_t log_files = 0, log_bytes = 0, set_aside_bytes = 0;
  std::optional<Timestamp> last_backup_at;
  std::uint64_t last_backup_watermark = 0;
};
StoreFiles look_at_files(const std::filesystem::path& base_dir);

/// Files that end in .torn or .corrupt, in base_dir and its date directories.
std::vector<std::filesystem::path> set_aside_files(const std::filesystem::path& base_dir);

}  // namespace cfp::cli
