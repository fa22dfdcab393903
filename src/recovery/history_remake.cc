#include "recovery/history_remake.h"

#include <algorithm>

#include "cfp/error.h"
#include "model/encoder.h"
#include "model/layout.h"
#include "os/overlay_directory.h"
#include "recovery/history_sources.h"
#include "recovery/log_replay.h"
#include "recovery/torn_tail.h"
#include "wal/segment_reader.h"
#include "wal/segment_rewriter.h"

namespace cfp::recovery {
namespace {

/// std::filesystem's says "Input/output error" where the disk is full.
void copy_file(os::Directory& from, os::Directory& to, const std::string& name) {
  constexpr std::uint64_t kPiece = 4 * 1024 * 1024;
  if (to.contains(name)) to.remove(name);
  const auto source = from.open(name, os::OpenMode::read), target = to.open(name, os::OpenMode::create);
  const std::uint64_t size = source->size();
  for (std::uint64_t at = 0; at < size; at += kPiece) target->write(at, source->read(at, std::min(kPiece, size - at)));
}

}  // namespace

HistoryRemake::HistoryRemake(const RepairParts& parts, os::Directory& disk) : parts_(parts), disk_(disk) {
  auto live = find_live_history(parts.base, parts.looking);
  latest_ = parts.looking.verify(parts.base.path() / model::kLatestFile, model::kLatestTable);
  claims_ = backups_of(parts.base, parts.looking, "");
  for (const auto& [file, table] :
       {std::pair(model::kHistoryFile, model::kHistoryTable), std::pair(model::kLatestFile, model::kLatestTable)}) {
    const auto meta = parts.looking.read_meta(parts.base.path() / file, table);
    if (meta) claims_.push_back({parts.base.path() / file, std::string(file), *meta});
  }
  const auto trial = os::make_overlay_directory(disk);
  const LogInventory inventory = take_inventory(*trial, drop_message);
  has_log_ = !inventory.segments.empty() || !inventory.headless.empty();
  store_id_ = choose_id(live, inventory);
  std::erase_if(claims_, [&](const ReadableHistory& claim) { return claim.meta.store_id != store_id_; });
  if (latest_ && latest_->store_id != store_id_) latest_.reset();
  base_ = find_best_backup(parts.base, parts.looking, store_id_);
  has_live_ = live && live->meta.store_id == store_id_ && (!base_ || live->meta.watermark >= base_->meta.watermark);
  if (has_live_) base_ = std::move(live);
  if (!has_live_) consider_checkpoint();
  watermark_ = base_ ? base_->meta.watermark : 0;
  is_for_the_open_ = log_leads(known_through());
  if (is_for_the_open_ || (latest_ && latest_->watermark <= watermark_)) latest_.reset();
  if (!is_for_the_open_ && !base_ && !latest_ && !has_log_) {
    throw CollectionFastPersistError(ErrorCode::corrupt,
                                     "Nothing of the store in " + parts.base.path().string() +
                                         " can be read: neither a table, nor a backup, nor a log. Put a copy back, or "
                                         "begin with an empty directory. Nothing was changed.");
  }
  if (!latest_) return;
  carried_ = parts.looking.sequences(parts.base.path() / model::kLatestFile, model::kLatestTable, watermark_);
  watermark_ = latest_->watermark;
  read_log();
}

/// Log and backups stay where they are made: they say whose directory it is before a table that may have been put
/// there.
std::string HistoryRemake::choose_id(const std::optional<ReadableHistory>& live, const LogInventory& inventory) const {
  std::vector<std::string> residents;
  for (const ReadableHistory& claim : claims_) {
    if (claim.name.find('/') != std::string::npos) residents.push_back(claim.meta.store_id);
  }
  for (const SegmentFile& segment : inventory.segments) residents.push_back(segment.header.header->store_id);
  const bool live_is_empty = live && live->meta.rows == 0 && live->meta.watermark == 0;
  const bool live_stands = live && (live_is_empty || residents.empty() ||
                                    std::ranges::find(residents, live->meta.store_id) != residents.end());
  const bool is_of_two =
      live && residents.empty() && latest_ && latest_->watermark > 0 && latest_->store_id != live->meta.store_id;
  if (is_of_two) throw two_stores(live->meta.store_id, latest_->store_id);
  if (live_stands) return live->meta.store_id;
  if (!residents.empty()) return residents.back();
  return latest_ ? latest_->store_id : "";
}

/// DuckDB's own log may be what is damaged: the file without it is as good as a backup, and usually newer.
void HistoryRemake::consider_checkpoint() {
  const std::string name(model::kHistoryFile);
  if (!parts_.base.contains(name) || !parts_.base.contains(name + ".wal")) return;
  const std::filesystem::path copy = parts_.scratch / name;
  copy_file(parts_.base, *os::open_base_directory(parts_.scratch), name);
  const auto meta = parts_.looking.verify(copy, model::kHistoryTable);
  if (!meta || meta->store_id != store_id_ || (base_ && base_->meta.watermark > meta->watermark)) return;
  base_ = ReadableHistory{copy, name, *meta};
}

std::uint64_t HistoryRemake::known_through() const {
  std::uint64_t known = 0;
  for (const ReadableHistory& claim : claims_) known = std::max(known, claim.meta.watermark);
  return known;
}

/// Whether the log has everything above the watermark, and goes through `through` at least.
bool HistoryRemake::log_leads(std::uint64_t through) {
  const auto trial = os::make_overlay_directory(disk_);
  LogInventory inventory = take_inventory(*trial, drop_message);
  if (!base_ && !has_log_) return false;
  try {
    const auto drop = [](std::span<model::Record>, bool) {};
    return LogReplay(inventory, store_id_, watermark_, drop, drop_message).run().position.last_sequence >= through;
  } catch (const LogDamageError&) {
    return false;
  }
}

/// The log's records between the backup's and the new watermark that latest has no rows of: later ones replaced them.
void HistoryRemake::read_log() {
  const std::uint64_t after = base_ ? base_->meta.watermark : 0;
  const auto trial = os::make_overlay_directory(disk_);
  const LogInventory inventory = take_inventory(*trial, drop_message);
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
  // std::ranges::unique returns what clang 14 cannot read in the library of g++ 12.
  const auto repeats = std::unique(logged_.begin(), logged_.end(),
                                   [](const auto& a, const auto& b) { return a.sequence() == b.sequence(); });
  logged_.erase(repeats, logged_.end());
}

void HistoryRemake::plan(RepairPlan& plan, RepairReport& report) {
  if (has_live_ && !latest_) return;  // the log is what is damaged
  if (base_ || latest_) {
    plan.replacement = model::kHistoryFile;
    std::string text = "History is made anew";
    if (base_) text += " from " + base_->name + " through record " + std::to_string(base_->meta.watermark);
    if (latest_) {
      text += (base_ ? ", then" : "") + std::string(" with ") + std::to_string(carried_.size()) +
              " current values that storage_latest.duckdb has and " + std::to_string(logged_.size()) +
              " records that the log has";
    }
    report.steps.push_back({RepairAction::write_history, std::string(model::kHistoryFile), 0, 0, text + "."});
  }
  put_table_aside(model::kHistoryFile, plan, report);
  account(report);
}

void HistoryRemake::drop_claims(std::uint64_t last_sequence, RepairPlan& plan, RepairReport& report) {
  const std::uint64_t known = known_through();
  if (known <= last_sequence) return;
  const std::uint64_t first = std::max(last_sequence, report.missing.empty() ? 0 : report.missing.back().last) + 1;
  if (first <= known) report.missing.push_back({first, known, known - first + 1});
  note_numbers(known, last_sequence, plan, report);
  for (const ReadableHistory& claim : claims_) {
    if (claim.meta.watermark <= last_sequence || claim.name == model::kHistoryFile) continue;
    if (claim.name == model::kLatestFile) {
      put_table_aside(model::kLatestFile, plan, report);
    } else {
      put_aside(claim.name, plan, report);
    }
  }
}

/// What was set aside as a segment counts as seen: so no number is given a second time.
void HistoryRemake::note_numbers(std::uint64_t through, std::uint64_t after, RepairPlan& plan, RepairReport& report) {
  std::string date;
  for (const os::DirectoryEntry& entry : disk_.list()) {
    const bool is_date = entry.kind == os::EntryKind::directory && model::parse_date_directory(entry.name);
    if (is_date) date = entry.name;
  }
  const auto directory = disk_.open_directory(date, false);
  const std::uint64_t number = next_segment_number(*directory);
  const std::string name = model::segment_file(number) + std::string(model::kCorruptSuffix);
  const wal::SegmentText note({1, store_id_, number, after, through}, 0);
  directory->open(name, os::OpenMode::create)->write(0, note.text());
  plan.files.push_back({date, name, note.text()});
  report.steps.push_back({RepairAction::write_segment, date + "/" + name, 0, note.text().size(),
                          "A note that the numbers through " + std::to_string(through) + " were given."});
}

void HistoryRemake::put_table_aside(std::string_view file, RepairPlan& plan, RepairReport& report) {
  for (const char* const log : {".wal", ".wal.checkpoint", ".wal.recovery", ""}) {
    put_aside(std::string(file) + log, plan, report);
  }
}

void HistoryRemake::put_aside(const std::filesystem::path& file, RepairPlan& plan, RepairReport& report) {
  const std::string name = file.filename();
  const bool is_dated = file.has_parent_path();
  const auto opened = is_dated ? disk_.open_directory(file.parent_path().string(), false) : nullptr;
  os::Directory& directory = opened ? *opened : disk_;
  if (!directory.contains(name)) return;
  const std::string to = free_name(directory, name, model::kCorruptSuffix);
  const std::uint64_t bytes = directory.open(name, os::OpenMode::read)->size();
  directory.rename(name, to);
  plan.asides.push_back({is_dated ? file.parent_path().string() : std::string(kBaseItself), name, to});
  report.steps.push_back(
      {RepairAction::set_aside, file.string(), 0, bytes, "Renamed to " + to + ": it cannot be used."});
}

void HistoryRemake::account(RepairReport& report) const {
  if (!latest_) return;
  std::uint64_t next = (base_ ? base_->meta.watermark : 0) + 1;
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
  if ((has_live_ || !base_) && !latest_) return;
  const auto tables = parts_.tables_in(directory);
  if (has_live_) {
    tables->import_history(base_->path, base_->meta.watermark, store_id_);  // with what DuckDB's own log has
  } else if (base_) {
    tables->stage(model::kHistoryTable, base_->path)->put_in_place();
  }
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
