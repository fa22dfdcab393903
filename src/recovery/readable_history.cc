#include "recovery/readable_history.h"

#include <limits>
#include <utility>

#include "backup/catalog.h"
#include "cfp/error.h"
#include "model/layout.h"

namespace cfp::recovery {

std::optional<ReadableHistory> find_live_history(const os::Directory& base, tables::TableStore& looking) {
  const std::string name(model::kHistoryFile);
  const auto meta = looking.verify(base.path() / name, model::kHistoryTable);
  if (!meta) return std::nullopt;
  return ReadableHistory{base.path() / name, name, *meta};
}

void check_readable_format(const os::Directory& base, tables::TableStore& looking) {
  for (const auto& [file, table] :
       {std::pair(model::kHistoryFile, model::kHistoryTable), std::pair(model::kLatestFile, model::kLatestTable)}) {
    try {
      static_cast<void>(looking.sequences(base.path() / file, table, std::numeric_limits<std::uint64_t>::max()));
    } catch (const CollectionFastPersistError& error) {
      const bool is_damage = error.code() != ErrorCode::newer_version && error.code() != ErrorCode::foreign;
      if (!is_damage) throw;
    }
  }
}

std::vector<ReadableHistory> backups_of(os::Directory& base, tables::TableStore& looking, std::string_view store_id) {
  std::vector<ReadableHistory> all;
  for (const BackupInfo& backup : backup::find_backups(base, looking)) {
    if (!backup.is_readable || (!store_id.empty() && backup.store_id != store_id)) continue;
    tables::Meta meta;
    meta.store_id = backup.store_id;
    meta.watermark = backup.watermark;
    meta.rows = backup.rows;
    all.push_back({backup.path, backup.date.to_string() + "/" + backup.path.filename().string(), meta});
  }
  return all;
}

std::optional<ReadableHistory> find_best_backup(os::Directory& base, tables::TableStore& looking,
                                                std::string_view store_id) {
  for (ReadableHistory& backup : backups_of(base, looking, store_id)) {
    const auto meta = looking.verify(backup.path, model::kHistoryTable);
    if (!meta) continue;
    backup.meta = *meta;
    return std::move(backup);
  }
  return std::nullopt;
}

}  // namespace cfp::recovery
