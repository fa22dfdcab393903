#include "locked_store.h"

#include <chrono>

#include "cfp/backup.h"
#include "log_segments.h"
#include "units.h"

namespace cfp::cli {
namespace {

std::string newest_backup(const std::filesystem::path& base_dir) {
  for (const BackupInfo& backup : list_backups(base_dir)) {
    if (!backup.is_readable) continue;
    return "The newest backup is " + age_of(backup.made_at) + " old and has every record through " +
           std::to_string(backup.watermark);
  }
  return "There is no backup yet";
}

std::string newest_record(const std::filesystem::path& base_dir) {
  const auto segments = log_segments(base_dir);
  if (segments.empty()) return "";
  const auto last = last_record_of(segments);
  if (!last) return "";
  return "; the log goes on to record " + std::to_string(last->sequence) + ", " + age_of(last->updated_at) + " old";
}

}  // namespace

std::string what_can_be_read(const Arguments& arguments) {
  try {
    const std::filesystem::path base_dir = arguments.base_dir();
    const std::string from = shell_word(base_dir.string()), copy = "/tmp/cfp_copy", view = "/tmp/cfp_view";
    return "\nWithout it can be read: " + newest_backup(base_dir) + newest_record(base_dir) + ".\n  " +
           arguments.program() + " wal tail          # follow what is being stored" +
           "\nA store of its own, with all of that, to look into:\n  mkdir " + copy + " && cp -r " + from +
           "/[0-9]*-[0-9]*-[0-9]* " + copy + " && cfp --base-dir " + copy + " restore " + view + "\n  cfp --base-dir " +
           view + " ls";
  } catch (const std::exception&) {
    return "";  // the error that it is added to says what matters
  }
}

}  // namespace cfp::cli
