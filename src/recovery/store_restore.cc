#include "recovery/store_restore.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/failpoint.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "os/overlay_directory.h"
#include "recovery/log_replay.h"
#include "recovery/readable_history.h"
#include "recovery/repair_plan.h"
#include "recovery/restored_log.h"

namespace cfp::recovery {
namespace {

constexpr const char* kUnfinished = "restore.tmp";
constexpr auto kNoTime = std::numeric_limits<std::int64_t>::max();
constexpr auto kNoSequence = std::numeric_limits<std::uint64_t>::max();

struct Limit {
  std::uint64_t sequence = kNoSequence;
  std::int64_t time_us = kNoTime;

  [[nodiscard]] bool allows(const model::Record& record) const {
    return record.sequence() <= sequence && record.state->updated_at_us <= time_us;
  }
};

Limit limit_of(const RestoreTarget& to) {
  Limit limit;
  if (to.sequence()) limit.sequence = *to.sequence();
  if (to.time()) limit.time_us = to.time()->utc().time_since_epoch().count();
  return limit;
}

/// How far the log leads from a watermark on.
struct LogScan {
  std::uint64_t last = 0;           // of the records that the limit allows
  bool passed = false;              // there are records that it does not allow
  std::uint64_t begun_batch = 0;    // that history has only the beginning of; 0: none
  std::optional<LogDamage> damage;  // behind `reached`
  std::uint64_t reached = 0;
};

void replay(const RestoreParts& parts, const RestorePlan& plan, const ReplaySink& sink) {
  const auto disk = os::make_overlay_directory(parts.source);
  LogInventory inventory = take_inventory(*disk, drop_message);
  LogReplay(inventory, plan.source_id, plan.history_watermark, sink, drop_message).run();
}

LogScan scan_log(const RestoreParts& parts, const RestorePlan& plan, const Limit& limit) {
  LogScan scan;
  scan.last = scan.reached = plan.history_watermark;
  const auto look = [&](std::span<model::Record> records, bool) {
    const model::BatchMark& batch = records.front().batch;
    if (batch.first != 0 && batch.first <= plan.history_watermark) scan.begun_batch = batch.first;
    scan.reached = records.back().sequence();
    if (!scan.passed && limit.allows(records.back())) {
      scan.last = scan.reached;
      return;
    }
    scan.passed = true;
  };
  try {
    replay(parts, plan, look);
  } catch (const LogDamageError& error) {
    scan.damage = error.damage();
  }
  return scan;
}

/// The last record that files which cannot be used say they have.
std::uint64_t highest_known(const RestoreParts& parts) {
  std::uint64_t highest = 0;
  for (const auto& [file, table] :
       {std::pair(model::kHistoryFile, model::kHistoryTable), std::pair(model::kLatestFile, model::kLatestTable)}) {
    const auto meta = parts.looking.read_meta(parts.source.path() / file, table);
    if (meta) highest = std::max(highest, meta->watermark);
  }
  return highest;
}

[[noreturn]] void refuse(ErrorCode code, const std::string& why, std::uint64_t reached) {
  throw CollectionFastPersistError(code, "Cannot restore what is asked for: " + why + ". A restore to sequence " +
                                             std::to_string(reached) +
                                             ", or before, is possible. Nothing was changed.");
}

void check_reach(const RestoreParts& parts, const LogScan& scan, const Limit& limit) {
  if (scan.passed || scan.reached >= limit.sequence) return;
  if (scan.damage) {
    const LogDamage& damage = *scan.damage;
    refuse(ErrorCode::corrupt,
           "the records " + std::to_string(damage.first_missing) + " to " + std::to_string(damage.last_missing) +
               " cannot be read, see " + damage.directory + "/" + damage.file + " at byte " +
               std::to_string(damage.offset),
           scan.reached);
  }
  const std::uint64_t known = highest_known(parts);
  if (known > scan.reached) {
    refuse(ErrorCode::corrupt,
           "the store went through record " + std::to_string(known) +
               ", but its history table cannot be read and backups and log end before that",
           scan.reached);
  }
  if (limit.sequence != kNoSequence) {
    refuse(ErrorCode::invalid_argument, "the store has no record " + std::to_string(limit.sequence) + " yet",
           scan.reached);
  }
}

void find_history(const RestoreParts& parts, RestorePlan& plan) {
  LogInventory inventory;
  {
    const auto disk = os::make_overlay_directory(parts.source);
    inventory = take_inventory(*disk, parts.report);
    if (!inventory.segments.empty()) plan.source_id = inventory.segments.back().header.header->store_id;
    inventory.segments.clear();
  }
  auto history = find_live_history(parts.source, parts.looking);
  if (!history) history = find_best_backup(parts.source, parts.looking, plan.source_id);
  if (!history) {
    if (!plan.source_id.empty()) return;
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "There is nothing to restore from in " + parts.source.path().string() +
                                         ": no history table or backup that can be read, and no log; check the path.");
  }
  plan.history_path = history->path;
  plan.history_name = history->name;
  plan.source_id = history->meta.store_id;
  plan.history_watermark = history->meta.watermark;
  plan.history_through = history->meta.max_sequence;
}

}  // namespace

RestorePlan plan_restore(const RestoreParts& parts, const RestoreTarget& to) {
  refuse_half_restored(parts.source);
  if (is_repair_under_way(parts.source)) {
    throw CollectionFastPersistError(ErrorCode::corrupt, "A repair of " + parts.source.path().string() +
                                                             " was cut short; call repair(base_dir) again, or open "
                                                             "the store, and then restore. Nothing was changed.");
  }
  check_readable_format(parts.source, parts.looking);
  RestorePlan plan;
  const Limit limit = limit_of(to);
  find_history(parts, plan);
  const auto cut = [&](std::uint64_t through) {
    plan.history_through = parts.looking.last_whole_sequence(plan.history_path, through, limit.time_us);
    plan.through = plan.history_through;
    return plan;
  };
  if (!plan.history_path.empty()) {
    const std::uint64_t whole = plan.history_through;
    if (cut(limit.sequence).history_through < whole) return plan;
  }
  LogScan scan = scan_log(parts, plan, limit);
  if (scan.begun_batch != 0) {
    // The batch is taken from the log, which has all of it.
    plan.history_watermark = scan.begun_batch - 1;
    cut(plan.history_watermark);
    scan = scan_log(parts, plan, limit);
  }
  check_reach(parts, scan, limit);
  plan.takes_log = scan.last > plan.history_watermark;
  plan.through = plan.takes_log ? scan.last : plan.history_through;
  return plan;
}

void make_restored(const RestoreParts& parts, const RestorePlan& plan) {
  parts.into.open(kUnfinished, os::OpenMode::create)->sync();
  parts.into.sync();
  CFP_FAILPOINT("restore.begun");
  std::uint64_t watermark = 0;
  if (!plan.history_path.empty() && plan.history_through > 0) {
    // A watermark behind the last row says that the numbers in between were given up; they stay so.
    const std::uint64_t through = plan.takes_log ? plan.history_watermark : plan.history_through;
    watermark = parts.made.import_history(plan.history_path, through, parts.store_id).watermark;
  }
  CFP_FAILPOINT("restore.history_made");
  if (plan.takes_log) {
    const auto directory = parts.into.open_directory(parts.date, true);
    RestoredLog log(*directory, {parts.store_id, parts.max_segment_bytes, watermark});
    try {
      replay(parts, plan, [&](std::span<model::Record> records, bool) {
        if (records.back().sequence() <= plan.through) log.add(records);
      });
    } catch (const LogDamageError&) {
      parts.report(LogLevel::warning, "The log is damaged behind record " + std::to_string(plan.through));
    }
    log.finish();
  }
  CFP_FAILPOINT("restore.before_end");
  parts.into.remove(kUnfinished);
  parts.into.sync();
}

void refuse_half_restored(os::Directory& base) {
  if (!base.contains(kUnfinished)) return;
  throw CollectionFastPersistError(ErrorCode::corrupt,
                                   "In " + base.path().string() +
                                       " a restore was cut short; nothing of it is needed. Remove the directory, then "
                                       "call restore again.");
}

}  // namespace cfp::recovery
