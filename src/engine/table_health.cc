#include "engine/table_health.h"

#include "model/layout.h"
#include "recovery/table_opening.h"

namespace cfp::engine {
namespace {

constexpr std::chrono::milliseconds kPauseBeforeScan{500};  // an open is followed by more urgent reads

}  // namespace

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
