#include "recovery/backup_reading.h"

#include <utility>

#include "model/layout.h"

namespace cfp::recovery {

BackupReading::BackupReading(tables::TableStore& store, os::Background* background, std::filesystem::path history,
                             std::filesystem::path latest)
    : history_path_(std::move(history)),
      latest_path_(std::move(latest)),
      read_history_(background, "cfp-history",
                    [this, &store] { history_ = store.verify(history_path_, model::kHistoryTable); }),
      read_latest_(latest_path_.empty() ? nullptr : background, "cfp-latest", [this, &store] {
        if (!latest_path_.empty()) latest_ = store.verify_blocks(latest_path_, model::kLatestTable);
      }) {}

std::optional<tables::Meta> BackupReading::history() {
  read_history_.finish();
  return history_;
}

std::optional<tables::Meta> BackupReading::latest() {
  read_latest_.finish();
  return latest_;
}

}  // namespace cfp::recovery
