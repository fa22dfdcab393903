#include "recovery/readable_history.h"

#include <algorithm>
#include <limits>
#include <tuple>

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

std::vector<ReadableHistory> list_backups(os::Directory& base, tables::TableStore& looking, std::string_view store_id) {
  const std::string file = std::string(model::kHistoryFile) + ".backup";
  std::vector<ReadableHistory> all;
  for (const os::DirectoryEntry& entry : base.list()) {
    if (entry.kind != os::EntryKind::directory || !model::parse_date_directory(entry.name)) continue;
    const std::filesystem::path path = base.path() / entry.name / file;
    const auto meta = looking.read_meta(path, model::kHistoryTable);
    if (!meta || (!store_id.empty() && meta->store_id != store_id)) continue;
    all.push_back({path, entry.name + "/" + file, *meta});
  }
  std::ranges::sort(all, [](const ReadableHistory& a, const ReadableHistory& b) {
    return std::tie(a.meta.watermark, a.name) > std::tie(b.meta.watermark, b.name);
  });
  return all;
}

std::optional<ReadableHistory> find_best_backup(os::Directory& base, tables::TableStore& looking,
                                                std::string_view store_id) {
  for (ReadableHistory& backup : list_backups(base, looking, store_id)) {
    if (looking.verify(backup.path, model::kHistoryTable)) return std::move(backup);
  }
  return std::nullopt;
}

}  // namespace cfp::recovery
