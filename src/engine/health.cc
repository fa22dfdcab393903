// Whether the two table files can be read to their last column, asked for by a caller or found by the background step.

#include "engine/engine.h"
#include "model/layout.h"

namespace cfp::engine {

bool Engine::is_healthy(const std::filesystem::path& path, std::string_view table_name) {
  check_usable();
  const auto live = live_table(path, table_name);
  if (!live) return parts_.tables->is_healthy_file(path, table_name);
  const bool of_history = *live == Table::history;
  bool healthy = false;
  flusher_->with_everything_applied([&] {
    healthy = of_history ? tables_.with_history([](auto& table) { return table.is_healthy(); })
                         : tables_.with_latest([](auto& table) { return table.is_healthy(); });
  });
  if (!healthy) health_.note_damage(of_history ? model::kHistoryFile : model::kLatestFile);
  return healthy;
}

/// What the open did not read in full is read now, beside everything else.
void Engine::start_scan() {
  std::vector<recovery::TableScan::Table> tables;
  if (history_is_unread_) {
    tables.push_back(
        {std::string(model::kHistoryFile),
         [this] { return tables_.with_history([](tables::HistoryTable& table) { return table.row_bound(); }); },
         [this](std::uint64_t from, std::uint64_t count) {
           return tables_.with_history([&](tables::HistoryTable& table) { return table.scan(from, count); });
         }});
  }
  if (latest_is_unread_) {
    tables.push_back(
        {std::string(model::kLatestFile),
         [this] { return tables_.with_latest([](tables::LatestTable& table) { return table.row_bound(); }); },
         [this](std::uint64_t from, std::uint64_t count) {
           return tables_.with_latest([&](tables::LatestTable& table) { return table.scan(from, count); });
         }});
  }
  health_.start_scan(std::move(tables), *parts_.environment.clock, *parts_.environment.background);
}

}  // namespace cfp::engine
