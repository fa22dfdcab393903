#include "recovery/table_opening.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <vector>

#include "backup/catalog.h"
#include "base/failpoint.h"
#include "base/mutant.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "os/side_job.h"
#include "recovery/catch_up.h"
#include "recovery/table_healing.h"

namespace cfp::recovery {
namespace {

bool is_regular(os::Directory& base, std::string_view name) {
  for (const os::DirectoryEntry& entry : base.list()) {
    if (entry.name == name) return entry.kind != os::EntryKind::other;
  }
  return true;
}

bool has_segment_of(const LogInventory& inventory, const std::string& store_id) {
  return std::any_of(inventory.segments.begin(), inventory.segments.end(),
                     [&](const SegmentFile& segment) { return segment.header.header->store_id == store_id; });
}

/// One opening of both tables.
class TableOpening {
 public:
  TableOpening(os::Directory& base, tables::TableStore& store, LogInventory& inventory, const TableOptions& options,
               const Report& report)
      : base_(base),
        store_(store),
        inventory_(inventory),
        options_(options),
        report_(report),
        is_marked_(base.contains(model::kCheckMarker)),
        reads_all_(is_marked_) {}

  OpenedTables run() {
    try {
      open_both();
    } catch (const CollectionFastPersistError& error) {
      // What was only counted turned out to be damaged when it was read.
      const bool may_be_unread = !opened_.history_was_read || !opened_.latest_was_read;
      if (error.code() != ErrorCode::corrupt || !opened_.history || !may_be_unread) throw;
      report_(LogLevel::warning, std::string("Both tables are read in full, since one is damaged: ") + cause_of(error));
      opened_ = {};
      reads_all_ = true;
      open_both();
    }
    clear_mark();
    return std::move(opened_);
  }

 private:
  using Kind = HistoryFault::Kind;

  void open_both();
  std::optional<HistoryFault> open_history();
  std::unique_ptr<tables::HistoryTable> open_with_columns(std::string_view store_id);
  std::optional<HistoryFault> judge(const CollectionFastPersistError& error);
  std::optional<HistoryFault> find_contradiction();
  std::optional<HistoryFault> find_another_store(const tables::Meta& meta);
  void heal(const HistoryFault& fault);
  void open_latest();
  void replace_latest();
  void clear_mark();

  os::Directory& base_;
  tables::TableStore& store_;
  LogInventory& inventory_;
  const TableOptions& options_;
  const Report& report_;
  const bool is_marked_;
  bool reads_all_;
  OpenedTables opened_;
  std::string latest_fault_;                            // why latest is not open
  bool latest_lacks_columns_ = false;                   // and nothing else is wrong with it
  bool latest_may_be_anothers_ = false;                 // or no table of this library at all
  std::uint64_t latest_watermark_ = 0;                  // also of a latest that is ahead
  std::unique_ptr<tables::StagedTable> staged_latest_;  // beside the backup that history was healed from
  std::vector<BackupInfo> newest_;                      // what look_for_backup_ found
  std::unique_ptr<os::SideJob> look_for_backup_;        // last: it uses the others
};

void TableOpening::open_both() {
  std::optional<HistoryFault> fault = open_history();
  if (fault && fault->kind == Kind::reference) {
    opened_.is_reference = true;
    return;
  }
  if (!fault) {
    open_latest();
    fault = find_contradiction();
  }
  if (fault) {
    heal(*fault);
    if (staged_latest_) {
      latest_lacks_columns_ = false;
      latest_fault_ = store_.has_latest() ? "does not go with the history that is restored" : "is missing";
    } else {
      open_latest();
    }
  }
  if (!opened_.latest) replace_latest();
  if (!CFP_MUTANT("leave_latest_behind")) catch_up(*opened_.history, *opened_.latest);
}

std::optional<HistoryFault> TableOpening::open_history() {
  if (!store_.has_history()) return HistoryFault{Kind::missing, "is missing"};
  if (!look_for_backup_) {
    look_for_backup_ = std::make_unique<os::SideJob>(options_.background, "look for backups",
                                                     [this] { newest_ = backup::newest_backups(base_, store_); });
  }
  opened_.history_was_read = reads_all_ || store_.has_log(model::kHistoryTable);
  try {
    if (opened_.history_was_read) store_.examine(model::kHistoryTable, tables::Look::at_all);
    opened_.history = open_with_columns("");
    return std::nullopt;
  } catch (const CollectionFastPersistError& error) {
    if (auto fault = judge(error)) return fault;
    throw;
  }
}

/// Opens history with all columns that the config names, also where a backup of before they were added came in its
/// place.
std::unique_ptr<tables::HistoryTable> TableOpening::open_with_columns(std::string_view store_id) {
  try {
    return store_.open_history(options_.configured, store_id);
  } catch (const ExtraSchemaError& error) {
    if (!options_.add_missing_columns || judge(error)) throw;  // another store's is not to be changed
  }
  const std::uint64_t unfit = store_.add_columns(options_.configured);
  report_(LogLevel::info, "Columns of extra_schema were added to storage_history.duckdb; " + std::to_string(unfit) +
                              " fields do not fit their column and are NULL there; data has them");
  return store_.open_history(options_.configured, store_id);
}

/// A link is nobody's accident; and the columns of another store's file say nothing about this one's.
std::optional<HistoryFault> TableOpening::judge(const CollectionFastPersistError& error) {
  if (error.code() == ErrorCode::extra_schema) {
    const std::string id = store_.examine(model::kHistoryTable, tables::Look::at_meta).store_id;
    if (inventory_.segments.empty() || has_segment_of(inventory_, id)) return std::nullopt;
    return HistoryFault{Kind::unusable, "belongs to another store than the log"};
  }
  // With a log of ours it is a store of ours.
  if (error.code() == ErrorCode::foreign && inventory_.segments.empty() && store_.is_reference_history()) {
    return HistoryFault{Kind::reference, "is the reference implementation's"};
  }
  const bool is_damage = error.code() == ErrorCode::corrupt || error.code() == ErrorCode::foreign;
  if (!is_damage || !is_regular(base_, model::kHistoryFile)) return std::nullopt;
  return HistoryFault{Kind::unusable, "cannot be used (" + cause_of(error) + ")"};
}

/// What a good history does not know, though something else does.
std::optional<HistoryFault> TableOpening::find_contradiction() {
  const tables::Meta meta = opened_.history->meta();
  const std::string through = "holds the records through " + std::to_string(meta.watermark) + " only, ";
  if (meta.watermark > 0 && !inventory_.segments.empty() && !has_segment_of(inventory_, meta.store_id)) {
    return HistoryFault{Kind::contradicted, "belongs to another store than the log"};
  }
  if (latest_watermark_ > meta.watermark && !CFP_MUTANT("believe_an_older_history")) {
    return HistoryFault{Kind::contradicted,
                        through + "storage_latest.duckdb those through " + std::to_string(latest_watermark_)};
  }
  if (!inventory_.segments.empty() && inventory_.segments.front().header.header->after > meta.watermark) {
    return HistoryFault{Kind::contradicted, through + "and the log begins only after " +
                                                std::to_string(inventory_.segments.front().header.header->after)};
  }
  look_for_backup_->finish();
  for (const BackupInfo& backup : backup::readable_backups_of(meta.store_id, newest_)) {
    if (backup.watermark <= meta.watermark) continue;
    return HistoryFault{Kind::contradicted, through + "a backup those through " + std::to_string(backup.watermark)};
  }
  return find_another_store(meta);
}

/// A store whose log is covered has nothing but its backups, and latest, to say whose directory it is.
std::optional<HistoryFault> TableOpening::find_another_store(const tables::Meta& meta) {
  const bool has_stranger = meta.watermark > 0 && !newest_.empty() && newest_.front().store_id != meta.store_id;
  if (!inventory_.segments.empty() || (!has_stranger && !latest_may_be_anothers_)) return std::nullopt;
  if (!backup::readable_backups_of(meta.store_id, backup::find_backups(base_, store_)).empty()) return std::nullopt;
  if (has_stranger) return HistoryFault{Kind::contradicted, "belongs to another store than its newest backup"};
  try {
    const tables::Meta latest = store_.examine(model::kLatestTable, tables::Look::at_meta);
    if (latest.store_id == meta.store_id || latest.watermark == 0) return std::nullopt;
  } catch (const CollectionFastPersistError&) {
    return std::nullopt;  // it is no latest, and says nothing
  }
  return HistoryFault{Kind::contradicted, "belongs to another store than storage_latest.duckdb"};
}

void TableOpening::heal(const HistoryFault& fault) {
  opened_.history.reset();
  opened_.latest.reset();
  look_for_backup_.reset();  // healing looks at all of them, and may replace them
  HealedHistory healed =
      TableHealing(base_, store_, inventory_, options_.on_damage, report_, options_.background).heal(fault);
  const bool is_new = healed.store_id.empty();
  opened_.history = open_with_columns(is_new ? options_.make_store_id() : healed.store_id);
  const bool is_healed = healed.was_replaced || fault.kind == Kind::unusable;
  if (is_healed) ++opened_.healed_files;
  opened_.history_was_read |= is_new || is_healed;
  staged_latest_ = std::move(healed.latest);
}

/// Opens latest when it can be a base for what history has.
void TableOpening::open_latest() {
  latest_fault_ = "is missing";
  latest_lacks_columns_ = latest_may_be_anothers_ = false;
  latest_watermark_ = 0;
  if (!store_.has_latest()) return;
  const tables::Meta meta = opened_.history->meta();
  opened_.latest_was_read = reads_all_ || store_.has_log(model::kLatestTable);
  try {
    if (opened_.latest_was_read) store_.examine(model::kLatestTable, tables::Look::at_all);
    opened_.latest = store_.open_latest(opened_.history->schema(), meta.store_id);
    latest_watermark_ = opened_.latest->meta().watermark;
    if (latest_watermark_ <= meta.watermark) return;
    latest_fault_ = "is ahead of storage_history.duckdb";
    opened_.latest.reset();
  } catch (const CollectionFastPersistError& error) {
    const bool can_be_built = error.code() == ErrorCode::corrupt || error.code() == ErrorCode::foreign ||
                              error.code() == ErrorCode::extra_schema;
    if (!can_be_built) throw;
    if (error.code() == ErrorCode::extra_schema) {
      latest_lacks_columns_ = true;
      latest_watermark_ = store_.examine(model::kLatestTable, tables::Look::at_meta).watermark;
    }
    latest_fault_ = "cannot be used (" + cause_of(error) + ")";
    latest_may_be_anothers_ = error.code() == ErrorCode::foreign;
  }
}

void TableOpening::replace_latest() {
  const bool is_there = store_.has_latest();
  const tables::Meta meta = opened_.history->meta();
  if (latest_lacks_columns_) {
    store_.rebuild_latest(*opened_.history, meta.store_id);
  } else if (is_there || meta.rows > 0) {
    const std::string found = "storage_latest.duckdb " + latest_fault_;
    if (options_.on_damage == OnDamage::raise && !CFP_MUTANT("heal_without_leave")) {
      throw CollectionFastPersistError(
          ErrorCode::corrupt, found +
                                  ". With on_damage \"heal\" it is built again from history. Open with that to "
                                  "go on. Nothing was set aside or replaced.");
    }
    report_(LogLevel::warning, found + "; it is" + (is_there ? " set aside and" : "") +
                                   (staged_latest_ ? " restored from its own backup" : " built again from history"));
    CFP_FAILPOINT("healing.before_latest");
    if (is_there) set_aside_table(base_, model::kLatestFile);
    if (staged_latest_) {
      staged_latest_->put_in_place();
      open_latest();
      if (!opened_.latest && !latest_lacks_columns_) set_aside_table(base_, model::kLatestFile);
    }
    if (!opened_.latest) store_.rebuild_latest(*opened_.history, meta.store_id);
    ++opened_.healed_files;
  }
  if (!opened_.latest) opened_.latest = store_.open_latest(opened_.history->schema(), meta.store_id);
  opened_.latest_was_read = true;
}

/// Both tables have been read in full since the mark was made, or are new.
void TableOpening::clear_mark() {
  if (!is_marked_) return;
  CFP_FAILPOINT("healing.before_mark_removed");
  base_.remove(std::string(model::kCheckMarker));
  base_.sync();
}

}  // namespace

void mark_for_check(os::Directory& base) noexcept {
  try {
    CFP_FAILPOINT("healing.before_mark");
    const std::string name(model::kCheckMarker);
    if (base.contains(name)) return;
    const auto file = base.open(name, os::OpenMode::create);
    file->write(0, "Damage was found in a table; the next open reads both in full and heals them.\n");
    file->sync();
    base.sync();
  } catch (const std::exception&) {
    // A disk that does not take it is reported by whatever else is written.
  }
}

OpenedTables open_tables(os::Directory& base, tables::TableStore& store, LogInventory& inventory,
                         const TableOptions& options, const Report& report) {
  return TableOpening(base, store, inventory, options, report).run();
}

}  // namespace cfp::recovery
