#pragma once

#include <filesystem>
#include <optional>

#include "os/background.h"
#include "os/side_job.h"
#include "tables/table_store.h"

namespace cfp::recovery {

/// Reads a backup of history in full, and the latest that was made with it, each beside the caller: both take seconds,
/// and so does what the caller looks for in the log meanwhile.
/// Threads: one. Its end waits for what has begun.
class BackupReading {
 public:
  /// `latest` may be empty: then there is none. Without a background each is read when it is asked for.
  BackupReading(tables::TableStore& store, os::Background* background, std::filesystem::path history,
                std::filesystem::path latest);

  [[nodiscard]] const std::filesystem::path& history_path() const noexcept { return history_path_; }
  [[nodiscard]] const std::filesystem::path& latest_path() const noexcept { return latest_path_; }
  /// What each says of itself, once all of it was read; nothing when it is damaged or not there. Throws as
  /// `tables::TableStore::verify`.
  std::optional<tables::Meta> history();
  std::optional<tables::Meta> latest();

 private:
  const std::filesystem::path history_path_, latest_path_;
  std::optional<tables::Meta> history_, latest_;
  os::SideJob read_history_, read_latest_;  // last: they use the others
};

}  // namespace cfp::recovery
