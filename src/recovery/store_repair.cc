#include "recovery/store_repair.h"

#include "base/failpoint.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "os/overlay_directory.h"
#include "recovery/history_remake.h"
#include "recovery/log_repair.h"
#include "recovery/readable_history.h"
#include "recovery/reference_import.h"
#include "recovery/store_restore.h"

namespace cfp::recovery {
namespace {

void append(RepairReport& report, RepairPlan& plan, LogRepairResult log) {
  report.steps.insert(report.steps.begin(), log.steps.begin(), log.steps.end());
  report.missing.insert(report.missing.end(), log.missing.begin(), log.missing.end());
  plan.files = std::move(log.plan.files);
  plan.asides.insert(plan.asides.end(), log.plan.asides.begin(), log.plan.asides.end());
}

/// Directories that the next open moves in, or that hold nothing: there is nothing to repair.
bool is_for_the_open(const RepairParts& parts, os::Directory& disk) {
  const LogInventory inventory = take_inventory(disk, drop_message);
  if (is_import_under_way(disk) || !inventory.reference.empty()) return true;
  const bool has_log = !inventory.segments.empty() || !inventory.headless.empty();
  const bool has_tables = disk.contains(model::kHistoryFile) || disk.contains(model::kLatestFile);
  if (!has_log && !has_tables && !find_best_backup(parts.base, parts.looking, "")) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "There is no store in " + parts.base.path().string() + "; check the path.");
  }
  return false;
}

}  // namespace

RepairReport repair_store(const RepairParts& parts, bool dry_run) {
  refuse_half_restored(parts.base);
  RepairReport report;
  if (is_repair_under_way(parts.base)) {
    report.steps.push_back({RepairAction::finish, kWholeRepair, 0, 0,
                            "A repair that was cut short is finished; the next open would do it as well."});
    report.opens = true;
    if (dry_run) return report;
    finish_repair(parts.base);
    report.done = true;
  }
  const auto disk = os::make_overlay_directory(parts.base);
  report.opens = is_for_the_open(parts, *disk);
  if (report.opens) return report;

  RepairPlan plan;
  check_readable_format(parts.base, parts.looking);
  HistoryRemake history(parts, *disk);
  if (!history.is_for_the_open()) {
    history.plan(plan, report);
    LogRepairResult log = LogRepair(*disk, history.store_id(), history.watermark()).run();
    const std::uint64_t last_sequence = log.last_sequence;
    append(report, plan, std::move(log));
    history.drop_claims(last_sequence, plan, report);
  }
  report.opens = plan.empty();
  for (const RepairStep& step : report.steps) {
    parts.report(LogLevel::warning,
                 std::string(dry_run ? "Repair would do: " : "Repair: ") + step.file + ": " + step.text);
  }
  if (plan.empty() || dry_run) return report;
  const auto half_made = begin_repair(parts.base);
  history.make(half_made->path());
  CFP_FAILPOINT("repair.history_made");
  commit_repair(parts.base, *half_made, plan);
  report.done = report.opens = true;
  return report;
}

}  // namespace cfp::recovery
