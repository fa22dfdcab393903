#include "backup/catalog.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <tuple>

#include "base/mutant.h"
#include "cfp/error.h"
#include "model/layout.h"

namespace cfp::backup {
namespace {

/// Whoever copies backups gives them times that lie closer than those of two that were made, perhaps all the same one.
constexpr std::chrono::minutes kCopiedTogether{1};

/// What the table store says of the file; nothing, and the reason in `backup`, when it can say nothing.
template <class Look>
void look_at(BackupInfo& backup, const char* problem, const Look& look) {
  backup.is_readable = false;
  try {
    if (const std::optional<tables::Meta> meta = look()) {
      backup.is_readable = true;
      backup.store_id = meta->store_id;
      backup.watermark = meta->watermark;
      backup.rows = meta->rows;
      return;
    }
    backup.problem = problem;
  } catch (const CollectionFastPersistError& error) {
    backup.problem = error.what();
  }
  backup.store_id.clear();
  backup.watermark = backup.rows = 0;
}

/// What has the name of a backup in one date directory, if anything; not looked into yet.
void look_for_file(std::vector<BackupInfo>& backups, os::Directory& base, const std::string& name, const Date& date) {
  const std::string file_name = backup_file(model::kHistoryFile);
  BackupInfo backup{base.path() / name, date};
  try {
    const auto directory = base.open_directory(name, false);
    backup.path = directory->path() / file_name;
    if (!directory->contains(file_name)) return;
    const auto file = directory->open(file_name, os::OpenMode::read);
    backup.bytes = file->size();
    backup.made_at = Timestamp(file->modified_at());
    backup.is_readable = true;
  } catch (const std::system_error& error) {
    // A link is not followed; and what vanished meanwhile is no backup.
    if (error.code() == std::errc::no_such_file_or_directory) return;
    backup.problem = error.what();
  }
  backups.push_back(std::move(backup));
}

std::vector<BackupInfo> find_files(os::Directory& base) {
  std::vector<BackupInfo> backups;
  for (const os::DirectoryEntry& entry : base.list()) {
    const auto date = model::parse_date_directory(entry.name);
    if (date && entry.kind != os::EntryKind::file) look_for_file(backups, base, entry.name, *date);
  }
  return backups;
}

void look_into(BackupInfo& backup, tables::TableStore& tables) {
  if (!backup.is_readable) return;
  look_at(backup, "it does not open, or is no history of this library's",
          [&] { return tables.read_meta(backup.path, model::kHistoryTable); });
}

}  // namespace

std::string backup_file(std::string_view table_file) {
  return std::string(table_file) + std::string(model::kBackupSuffix);
}

std::vector<BackupInfo> find_backups(os::Directory& base, tables::TableStore& tables) {
  std::vector<BackupInfo> backups = find_files(base);
  for (BackupInfo& backup : backups) look_into(backup, tables);
  std::stable_sort(backups.begin(), backups.end(), [](const BackupInfo& a, const BackupInfo& b) {
    return std::tuple(a.is_readable, a.watermark, a.made_at.utc(), a.date) >
           std::tuple(b.is_readable, b.watermark, b.made_at.utc(), b.date);
  });
  return backups;
}

void verify_backups(std::vector<BackupInfo>& backups, tables::TableStore& tables) {
  for (BackupInfo& backup : backups) {
    if (!backup.is_readable) continue;
    look_at(backup, "it is damaged: not every row can be read, or its rows are not those that it counts",
            [&] { return tables.verify(backup.path, model::kHistoryTable); });
  }
  std::stable_partition(backups.begin(), backups.end(), [](const BackupInfo& backup) { return backup.is_readable; });
}

std::vector<BackupInfo> newest_backups(os::Directory& base, tables::TableStore& tables) {
  std::vector<BackupInfo> backups = find_files(base);
  const auto newest = std::max_element(backups.begin(), backups.end(), [](const BackupInfo& a, const BackupInfo& b) {
    return a.made_at.utc() < b.made_at.utc();
  });
  if (newest == backups.end()) return {};
  const bool is_certain =
      CFP_MUTANT("believe_the_times_of_backups") ||
      std::all_of(backups.begin(), backups.end(), [&](const BackupInfo& other) {
        return other.path == newest->path ||
               (other.date.day() < newest->date.day() && newest->made_at.utc() - other.made_at.utc() > kCopiedTogether);
      });
  if (is_certain) {
    look_into(*newest, tables);
    if (newest->is_readable) return {*newest};
  }
  std::vector<BackupInfo> all = find_backups(base, tables);
  std::erase_if(all, [](const BackupInfo& backup) { return !backup.is_readable; });
  return all;
}

std::vector<BackupInfo> readable_backups_of(std::string_view store_id, const std::vector<BackupInfo>& backups) {
  std::vector<BackupInfo> counted;
  for (const BackupInfo& backup : backups) {
    if (backup.is_readable && backup.store_id == store_id) counted.push_back(backup);
  }
  return counted;
}

}  // namespace cfp::backup
