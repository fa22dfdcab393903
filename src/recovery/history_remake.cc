#include "recovery/history_remake.h"

#include <algorithm>

#include "model/encoder.h"
#include "model/layout.h"
#include "os/overlay_directory.h"
#include "recovery/log_replay.h"
#include "recovery/torn_tail.h"
#include "wal/segment_reader.h"
#include "wal/segment_rewriter.h"

namespace cfp::recovery {
namespace {

void ignore(LogLevel, const std::string&) {}

/// The store that a directory without a history belongs to.
std::string id_of(os::Directory& disk, const std::optional<ReadableHistory>& backup,
                  const std::optional<tables::Meta>& latest) {
  const LogInventory inventory = take_inventory(disk, ignore);
  if (!inventory.segments.empty()) return inventory.segments.back().header.header->store_id;
  if (backup) return backup->meta.store_id;
  return latest ? latest->store_id : "";
}

}  // namespace

HistoryRemake::HistoryRemake(const RepairParts& parts, os::Directory& disk) : parts_(parts), disk_(disk) {
  latest_ = parts.looking.verify(parts.base.path() / model::kLatestFile, model::kLatestTable);
  backup_ = find_best_backup(parts.base, parts.looking, "");
  store_id_ = id_of(disk, backup_, latest_);
  if (backup_ && backup_->meta.store_id != store_id_) {
    backup_ = find_best_backup(parts.base, parts.looking, store_id_);
  }
  if (latest_ && latest_->store_id != store_id_) latest_.reset();
  consider_checkpoint();
  watermark_ = backup_ ? backup_->meta.watermark : 0;
  const std::uint64_t required = latest_ ? latest_->watermark : 0;
  heals_ = log_leads(watermark_, required);
  if (heals_ || required <= watermark_) latest_.reset();
  if (!latest_) return;
  carried_ = parts.looking.sequences(parts.base.path() / model::kLatestFile, model::kLatestTable, watermark_);
  watermark_ = required;
  read_log();
}

/// DuckDB's own log may be what is damaged: the file without it is as good as a backup, and usually newer.
void HistoryRemake::consider_checkpoint() {
  namespace fs = std::filesystem;
  const std::string name(model::kHistoryFile);
  if (!parts_.base.contains(name) || !parts_.base.contains(name + ".wal")) return;
  const fs::path copy = parts_.scratch / name;
  fs::create_directories(parts_.scratch);
  fs::copy_file(parts_.base.path() / name, copy, fs::copy_options::overwrite_existing);
  const auto meta = parts_.looking.verify(copy, model::kHistoryTable);
  if (!meta || meta->store_id != store_id_ || (backup_ && backup_->meta.watermark > meta->watermark)) return;
  backup_ = ReadableHistory{copy, name, *meta};
}

/// Whether the log has everything above `from`, and goes through `through` at least.
bool HistoryRemake::log_leads(std::uint64_t from, std::uint64_t through) {
  const auto trial = os::make_overlay_directory(disk_);
  LogInventory inventory = take_inventory(*trial, ignore);
  if (!backup_ && inventory.segments.empty()) return false;
  try {
    const auto drop = [](std::span<model::Record>, bool) {};
    return LogReplay(inventory, store_id_, from, drop, ignore).run().position.last_sequence >= through;
  } catch (const LogDamageError&) {
    return false;
  }
}

/// The log's records between the backup's and the new watermark that latest has no rows of: later ones replaced them.
void HistoryRemake::read_log() {
  const std::uint64_t after = backup_ ? backup_->meta.watermark : 0;
  const auto trial = os::make_overlay_directory(disk_);
  const LogInventory inventory = take_inventory(*trial, ignore);
  std::vector<const SegmentFile*> segments;
  for (const SegmentFile& segment : inventory.segments) {
    if (segment.header.header->store_id == store_id_) segments.push_back(&segment);
  }
  for (const SegmentFile& segment : inventory.headless) segments.push_back(&segment);
  for (const SegmentFile* segment : segments) {
    const std::string bytes = wal::read_all(*segment->directory->open(segment->name, os::OpenMode::read));
    for (const wal::LineRun& run : wal::read_remains(bytes).runs) {
      for (const auto& span : run.lines) {
        if (span.sequence <= after || span.sequence > watermark_) continue;
        if (std::ranges::binary_search(carried_, span.sequence)) continue;
        auto line = wal::parse_line(std::string_view(bytes).substr(span.begin, span.end - span.begin - 1));
        logged_.push_back(std::move(line->record));
      }
    }
  }
  std::ranges::sort(logged_, {}, &model::Record::sequence);
  const auto [begin, end] = std::ranges::unique(logged_, {}, &model::Record::sequence);
  logged_.erase(begin, end);
}

void HistoryRemake::plan(RepairPlan& plan, RepairReport& report) {
  if (backup_ || latest_) {
    plan.replacement = model::kHistoryFile;
    std::string text = "History is made anew";
    if (backup_) text += " from " + backup_->name + " through record " + std::to_string(backup_->meta.watermark);
    if (latest_) {
      text += (backup_ ? ", then" : "") + std::string(" with ") + std::to_string(carried_.size()) +
              " current values that storage_latest.duckdb has and " + std::to_string(logged_.size()) +
              " records that the log has";
    }
    report.steps.push_back({RepairAction::write_history, std::string(model::kHistoryFile), 0, 0, text + "."});
  }
  const std::string history(model::kHistoryFile);
  put_aside(history + ".wal", plan, report);
  put_aside(history, plan, report);
  if (plan.replacement.empty()) {
    // Without a history beside it a latest that cannot be used either would stop the open.
    put_aside(std::string(model::kLatestFile) + ".wal", plan, report);
    put_aside(std::string(model::kLatestFile), plan, report);
  }
  account(report);
}

void HistoryRemake::put_aside(const std::string& name, RepairPlan& plan, RepairReport& report) {
  if (!disk_.contains(name)) return;
  const std::string to = free_name(disk_, name, model::kCorruptSuffix);
  const std::uint64_t bytes = disk_.open(name, os::OpenMode::read)->size();
  disk_.rename(name, to);
  plan.asides.push_back({kBaseItself, name, to});
  report.steps.push_back({RepairAction::set_aside, name, 0, bytes, "Renamed to " + to + ": it cannot be used."});
}

void HistoryRemake::account(RepairReport& report) const {
  if (!latest_) return;
  std::uint64_t next = (backup_ ? backup_->meta.watermark : 0) + 1;
  std::vector<std::uint64_t> known = carried_;
  for (const model::Record& record : logged_) known.push_back(record.sequence());
  known.push_back(watermark_ + 1);
  std::ranges::sort(known);
  for (const std::uint64_t sequence : known) {
    if (sequence > next) report.missing.push_back({next, sequence - 1, sequence - next});
    next = sequence + 1;
  }
}

void HistoryRemake::make(const std::filesystem::path& directory) const {
  if (!backup_ && !latest_) return;
  const auto tables = parts_.tables_in(directory);
  if (backup_) tables->restore_history(backup_->path);
  if (!latest_) return;
  tables->add_rows_of_latest(parts_.base.path() / model::kLatestFile);
  auto history = tables->open_history({}, "");
  if (!logged_.empty()) {
    std::vector<model::Record> records = logged_;
    for (model::Record& record : records) static_cast<void>(model::project(record, history->schema()));
    history = tables->rebuild_history(std::move(history), records);
  }
  history->checkpoint();
}

}  // namespace cfp::recovery
