#include "store_files.h"

#include <algorithm>

#include "cfp/backup.h"
#include "log_segments.h"

namespace cfp::cli {

StoreFiles look_at_files(const std::filesystem::path& base_dir) {
  StoreFiles files;
  for (const BackupInfo& backup : list_backups(base_dir)) {
    if (!backup.is_readable) continue;
    files.last_backup_at = backup.made_at;
    files.last_backup_watermark = files.last_sequence = backup.watermark;
    break;
  }
  const auto segments = log_segments(base_dir);
  for (const LogSegment& segment : segments) {
    if (segment.path.extension() != ".jsonl") continue;  // a backup covers it
    ++files.log_files;
    files.log_bytes += segment.bytes;
  }
  if (const auto last = last_record_of(segments)) {
    files.last_sequence = std::max(files.last_sequence, last->sequence);
    files.last_record_at = last->updated_at;
  }
  std::error_code ignored;
  for (const auto& file : set_aside_files(base_dir)) {
    const std::uintmax_t bytes = std::filesystem::file_size(file, ignored);
    if (!ignored) files.set_aside_bytes += bytes;
  }
  return files;
}

std::vector<std::filesystem::path> set_aside_files(const std::filesystem::path& base_dir) {
  std::vector<std::filesystem::path> directories = date_directories(base_dir), found;
  directories.push_back(base_dir);
  std::error_code ignored;
  for (const auto& directory : directories) {
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
      const auto end = entry.path().extension();
      if ((end == ".torn" || end == ".corrupt") && entry.is_regular_file(ignored)) found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace cfp::cli
