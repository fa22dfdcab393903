#include "recovery/table_healing.h"

#include <algorithm>
#include <array>

#include "backup/catalog.h"
#include "base/failpoint.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "recovery/log_replay.h"

namespace cfp::recovery {
namespace {

namespace fs = std::filesystem;

using Kind = HistorySource::Kind;

constexpr std::array kLogsOfDuckDb = {".wal", ".wal.checkpoint", ".wal.recovery"};

/// "2025-12-24/storage_history.duckdb.backup"
std::string name_of(const BackupInfo& backup) {
  return backup.date.to_string() + "/" + backup.path.filename().string();
}

bool is_directory(os::Directory& base, const std::string& name) {
  const auto entries = base.list();
  return std::any_of(entries.begin(), entries.end(), [&](const os::DirectoryEntry& entry) {
    return entry.name == name && entry.kind == os::EntryKind::directory;
  });
}

std::string aside_name(const std::string& name, int number) {
  return name + (number == 1 ? "" : "." + std::to_string(number)) + std::string(model::kCorruptSuffix);
}

void set_aside_logs(os::Directory& base, std::string_view file) {
  for (const char* const log : kLogsOfDuckDb) set_aside_file(base, std::string(file) + log);
}

}  // namespace

TableHealing::TableHealing(os::Directory& base, tables::TableStore& store, LogInventory& inventory, OnDamage on_damage,
                           const Report& report, os::Background* background)
    : base_(base),
      store_(store),
      inventory_(inventory),
      on_damage_(on_damage),
      report_(report),
      background_(background) {}

HealedHistory TableHealing::heal(const HistoryFault& fault) {
  look_around(fault);
  if (is_new_store(fault)) return {};
  const std::string id = store_of_directory(ids());
  leave_other_stores(inventory_, id, report_);
  const auto choice = choose(fault, id);
  if (!choice) refuse(fault, id);
  if (choice->source.kind == Kind::as_it_is) return {id, false};
  const std::string plan = " built again from " + description_of(choice->source) + ", and " +
                           std::to_string(choice->reach.records) + " records of the log";
  const std::string found = std::string(model::kHistoryFile) + " " + fault.what;
  if (on_damage_ == OnDamage::raise) {
    throw CollectionFastPersistError(ErrorCode::corrupt,
                                     found + ". With on_damage \"heal\" it is set aside and" + plan +
                                         ". Open with that to go on. Nothing was set aside or replaced.");
  }
  const bool is_there = fault.kind != HistoryFault::Kind::missing;
  report_(LogLevel::warning, found + "; it is" + (is_there ? " set aside and" : "") + plan);
  put_in_place(fault, choice->source);
  return {id, choice->source.kind != Kind::checkpoint, std::move(staged_latest_)};
}

std::optional<tables::Meta> TableHealing::look_at(std::string_view table_name, tables::Look look) {
  try {
    return store_.examine(table_name, look);
  } catch (const CollectionFastPersistError&) {
    return std::nullopt;  // opening the file says what is wrong
  }
}

void TableHealing::look_around(const HistoryFault& fault) {
  if (fault.kind != HistoryFault::Kind::missing) history_ = look_at(model::kHistoryTable, tables::Look::at_meta);
  if (fault.kind == HistoryFault::Kind::unusable && store_.has_log(model::kHistoryTable)) {
    checkpoint_ = look_at(model::kHistoryTable, tables::Look::at_all_without_log);
  }
  if (store_.has_latest()) latest_ = look_at(model::kLatestTable, tables::Look::at_meta);
  backups_ = backup::find_backups(base_, store_);
  for (const BackupInfo& backup : backups_) {
    if (!backup.is_readable) reasons_.push_back(name_of(backup) + " cannot be read: " + backup.problem);
  }
}

StoreIds TableHealing::ids() const {
  StoreIds ids;
  if (const auto& meta = history_ ? history_ : checkpoint_) {
    ids.history = meta->store_id;
    ids.history_is_empty = meta->rows == 0 && meta->watermark == 0;
  }
  if (latest_) ids.latest = latest_->store_id;
  for (const SegmentFile& segment : inventory_.segments) ids.log.push_back(segment.header.header->store_id);
  for (const BackupInfo& backup : backups_) {
    if (backup.is_readable) ids.backups.push_back(backup.store_id);
  }
  return ids;
}

/// Whatever a store leaves behind shows that there was one; what was set aside too.
bool TableHealing::is_new_store(const HistoryFault& fault) const {
  return fault.kind == HistoryFault::Kind::missing && inventory_.segments.empty() && backups_.empty() &&
         !store_.has_latest() && !base_.contains(aside_name(std::string(model::kHistoryFile), 1));
}

std::uint64_t TableHealing::known_through(const std::string& store_id) const {
  std::uint64_t known = 0;
  for (const auto* meta : {&history_, &checkpoint_, &latest_}) {
    if (*meta && (*meta)->store_id == store_id) known = std::max(known, (*meta)->watermark);
  }
  for (const BackupInfo& backup : backup::readable_backups_of(store_id, backups_)) {
    known = std::max(known, backup.watermark);
  }
  return known;
}

std::vector<HistorySource> TableHealing::sources(const HistoryFault& fault, const std::string& store_id) const {
  std::vector<HistorySource> all;
  const auto add = [&](Kind kind, std::string name, const std::optional<tables::Meta>& meta) {
    if (meta && meta->store_id == store_id) all.push_back({kind, std::move(name), {}, meta->watermark});
  };
  if (fault.kind == HistoryFault::Kind::contradicted) add(Kind::as_it_is, std::string(model::kHistoryFile), history_);
  add(Kind::checkpoint, "its last checkpoint", checkpoint_);
  for (const BackupInfo& backup : backup::readable_backups_of(store_id, backups_)) {
    all.push_back({Kind::backup, name_of(backup), backup.path, backup.watermark});
  }
  if (!inventory_.segments.empty()) all.push_back({Kind::log, "the log alone", {}, 0});
  return all;
}

std::optional<HistoryChoice> TableHealing::choose(const HistoryFault& fault, const std::string& store_id) {
  SourceChecks checks;
  checks.reach = [&](std::uint64_t watermark) {
    const auto found = LogReplay(
                           inventory_, store_id, watermark, [](std::span<model::Record>, bool) {},
                           [](LogLevel, const std::string&) {}, background_)
                           .reach();
    return LogReach{found.position.last_sequence, found.recovered_records};
  };
  checks.is_good = [&](const HistorySource& source) { return is_good(source, store_id); };
  const std::vector<HistorySource> all = sources(fault, store_id);
  // Nearly always the first serves: it is read while it is seen how far the log leads from it.
  if (!all.empty()) begin_to_read(all.front(), store_id);
  auto choice = choose_source(all, known_through(store_id), checks, reasons_);
  if (!choice || choice->source.kind != Kind::backup) forget_reading();
  return choice;
}

/// Reads it, and copies it meanwhile: most of its bytes are in memory then.
void TableHealing::begin_to_read(const HistorySource& source, const std::string& store_id) {
  if (source.kind != Kind::backup || (reading_ && reading_->history_path() == source.path)) return;
  forget_reading();  // one at a time
  reading_ = std::make_unique<BackupReading>(store_, background_, source.path, latest_for(source, store_id));
  if (on_damage_ != OnDamage::heal) return;
  staging_ = std::make_unique<os::SideJob>(background_, "cfp-restore",
                                           [this, path = source.path] { stage(path, reading_->latest_path()); });
}

void TableHealing::forget_reading() {
  staging_.reset();
  reading_.reset();
  staged_history_.reset();
  staged_latest_.reset();
  staging_problem_.clear();
}

/// What is as it is, and the checkpoint, were read before.
bool TableHealing::is_good(const HistorySource& source, const std::string& store_id) {
  if (source.kind != Kind::backup) return true;
  begin_to_read(source, store_id);
  const auto meta = reading_->history();
  const bool good = meta && meta->store_id == store_id && meta->watermark == source.watermark;
  if (!good) {
    report_(LogLevel::error, source.name + " is damaged; an older one is looked for");
    forget_reading();
    return false;
  }
  const auto latest = reading_->latest();
  const bool goes_with_it = latest && latest->store_id == store_id && latest->watermark <= source.watermark;
  if (staging_) staging_->finish();
  if (!staging_problem_.empty()) report_(LogLevel::warning, staging_problem_);
  if (!goes_with_it) staged_latest_.reset();
  return true;
}

/// The latest beside a backup of history, where the one that is there cannot be used. A copy costs a tenth of building
/// it from history. Only the one that was made together with the backup says the same as that: one of another day may
/// be of another course of the store.
fs::path TableHealing::latest_for(const HistorySource& source, const std::string& store_id) const {
  if (latest_ && latest_->store_id == store_id && latest_->watermark <= source.watermark) return {};
  const fs::path day = source.path.parent_path();
  const std::string file = backup::backup_file(model::kLatestFile);
  return base_.open_directory(day.filename().string(), false)->contains(file) ? day / file : fs::path();
}

/// Latest may stay behind: it can always be built from history, which may have no other source.
void TableHealing::stage(const fs::path& history, const fs::path& latest) {
  staged_history_ = store_.stage(model::kHistoryTable, history);
  try {
    if (!latest.empty()) staged_latest_ = store_.stage(model::kLatestTable, latest);
  } catch (const CollectionFastPersistError& error) {
    staging_problem_ = std::string("storage_latest.duckdb is not taken from its backup: ") + error.what();
  }
}

void TableHealing::refuse(const HistoryFault& fault, const std::string& store_id) const {
  const std::string file(model::kHistoryFile), moved = aside_name(file, 1);
  std::string text = "Failed to open " + file + ".\nDatabase may be corrupted";
  if (fault.kind == HistoryFault::Kind::missing && base_.contains(moved)) {
    text += "; the damaged file was moved to " + moved + " and must not be deleted; step 1 is done";
  }
  text +=
      ". To recover:\n1. Delete the corrupted file\n"
      "2. Call rebuild_history_from_wal(date) for each date that needs recovery\n"
      "3. Call rebuild_latest_from_history() to rebuild latest values\n";
  text += "But first: " + file + " " + fault.what + ", and nothing here brings everything back";
  if (const std::uint64_t known = known_through(store_id); known > 0) {
    text += "; the records through " + std::to_string(known) + " were acknowledged";
  }
  text += ".";
  for (const std::string& reason : reasons_) text += "\n- " + reason;
  if (inventory_.segments.empty()) text += "\n- There is no log of this store.";
  if (backups_.empty()) text += "\n- There is no backup.";
  text +=
      "\nNothing was changed. Put a file or a backup that has the rest in its place and open again. To go on with what "
      "can be read, call repair(base_dir); to go back to a backup, call restore.";
  throw CollectionFastPersistError(ErrorCode::corrupt, text);
}

/// The file goes first: were its log to go first and a kill to follow, the file would look as if it had been closed.
void TableHealing::put_in_place(const HistoryFault& fault, const HistorySource& source) {
  CFP_FAILPOINT("healing.before_set_aside");
  if (source.kind == Kind::checkpoint) return set_aside_logs(base_, model::kHistoryFile);
  if (fault.kind == HistoryFault::Kind::missing) {
    set_aside_logs(base_, model::kHistoryFile);
  } else {
    set_aside_table(base_, model::kHistoryFile);
  }
  CFP_FAILPOINT("healing.after_set_aside");
  if (staged_history_) staged_history_->put_in_place();
  CFP_FAILPOINT("healing.after_restore");
}

void set_aside_file(os::Directory& base, const std::string& name) {
  if (!base.contains(name)) return;
  const std::string first = aside_name(name, 1);
  if (base.contains(first)) {
    // Two are kept; but a directory cannot take a file's place, nor a file that of a directory.
    const bool is_tree = is_directory(base, first);
    int number = 2;
    while (is_tree ? base.contains(aside_name(name, number)) : is_directory(base, aside_name(name, number))) ++number;
    base.rename(first, aside_name(name, number));
  }
  base.rename(name, first);
  base.sync();
}

void set_aside_table(os::Directory& base, std::string_view file) {
  set_aside_file(base, std::string(file));
  CFP_FAILPOINT("healing.file_set_aside");
  set_aside_logs(base, file);
}

std::string cause_of(const std::exception& error) {
  const std::string text = error.what();
  const std::size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

}  // namespace cfp::recovery
