// Whether the two table files can be read to their last column, asked for by a caller or found by the background step.

#include "engine/engine.h"
#include "model/layout.h"
#include "recovery/table_opening.h"

namespace cfp::engine {
namespace {

constexpr std::chrono::milliseconds kPauseBeforeScan{500};  // an open is followed by more urgent reads

}  // namespace

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

void TableHealth::start_scan(std::vector<recovery::TableScan::Table> tables, os::Clock& clock,
                             os::Background& background) {
  if (tables.empty()) return;
  scan_ = std::make_unique<recovery::TableScan>(std::move(tables), clock,
                                                [this](const std::string& file) { note_damage(file); });
  scan_task_ = background.start("cfp-health", kPauseBeforeScan, [this] { return scan_->step(); });
}

void TableHealth::note_damage(std::string_view file) {
  auto& is_damaged = file == model::kHistoryFile ? history_is_damaged_ : latest_is_damaged_;
  if (is_damaged.exchange(true)) return;
  recovery::mark_for_check(base_);
  report_(LogLevel::error, std::string(file) +
                               " is damaged: not all of it can be read. Nothing acknowledged is lost. Close the store "
                               "and open it again, which heals the file from backup and log, or says what is missing.");
}

}  // namespace cfp::engine
