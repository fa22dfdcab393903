#include "engine/open_store.h"

#include <string>
#include <system_error>

#include "model/layout.h"

namespace cfp::engine {

void OpenStore::refuse_unless_usable(bool closed) const {
  if (forked()) {
    throw CollectionFastPersistError(
        ErrorCode::forked,
        "This store was opened before a fork and belongs to the parent process. One process "
        "writes a store: open it after the fork, or ask the parent.");
  }
  if (closed) throw CollectionFastPersistError(ErrorCode::closed, "The store is closed; open it again.");
}

std::optional<OpenStore::Table> OpenStore::live_table(const std::filesystem::path& path,
                                                      std::string_view table_name) const {
  const auto is_live = [&](std::string_view file) {
    std::error_code ignored;
    return std::filesystem::equivalent(path, base_dir() / file, ignored);
  };
  const bool is_history = is_live(model::kHistoryFile);
  if (!is_history && !is_live(model::kLatestFile)) return std::nullopt;
  if (table_name == (is_history ? model::kHistoryTable : model::kLatestTable)) {
    return is_history ? Table::history : Table::latest;
  }
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   std::string(is_history ? model::kHistoryFile : model::kLatestFile) +
                                       " has no table " + std::string(table_name) + ".");
}

}  // namespace cfp::engine
