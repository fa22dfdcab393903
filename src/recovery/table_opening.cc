#include "recovery/table_opening.h"

#include <vector>

#include "base/failpoint.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "tables/net_changes.h"

namespace cfp::recovery {
namespace {

constexpr std::size_t kRowsPerStep = 50'000;

[[noreturn]] void throw_history_missing(const std::string& what_remains) {
  throw CollectionFastPersistError(
      ErrorCode::corrupt,
      "Failed to open storage_history.duckdb: the file is missing, and " + what_remains +
          ". To recover, put the file or a backup of it back, then open again. Nothing was changed.");
}

/// The store that the log belongs to; empty without a log. Only history could say which of several it is.
std::string id_of_log(const LogInventory& inventory) {
  if (inventory.segments.empty()) return {};
  const SegmentFile& last = inventory.segments.back();
  const std::string& id = last.header.header->store_id;
  for (const SegmentFile& segment : inventory.segments) {
    if (segment.header.header->store_id == id) continue;
    throw_history_missing(segment.path() + " and " + last.path() +
                          " are logs of different stores; to build it from one, move the other away");
  }
  return id;
}

/// A missing history is no loss when the log reaches back to the first record.
void check_missing_history(tables::TableStore& store, const LogInventory& inventory) {
  if (!inventory.segments.empty()) {
    const std::uint64_t after = inventory.segments.front().header.header->after;
    if (after != 0) throw_history_missing("the log begins only after record " + std::to_string(after));
  } else if (store.has_latest()) {
    throw_history_missing("there is no log to build it from, only storage_latest.duckdb");
  }
}

std::unique_ptr<tables::HistoryTable> open_history(tables::TableStore& store, const LogInventory& inventory,
                                                   const model::Schema& configured,
                                                   const std::function<std::string()>& make_store_id,
                                                   const Report& report) {
  if (store.has_history()) return store.open_history(configured, "");
  std::string id = id_of_log(inventory);
  check_missing_history(store, inventory);
  if (id.empty()) {
    id = make_store_id();
  } else {
    report(LogLevel::warning, "storage_history.duckdb is missing; it is built again from the log, which is complete");
  }
  return store.open_history(configured, id);
}

/// Opens latest when it can be a base for what history has; nullptr when it must be built again.
std::unique_ptr<tables::LatestTable> open_usable_latest(tables::TableStore& store, tables::HistoryTable& history,
                                                        const Report& report) {
  const tables::Meta meta = history.meta();
  try {
    auto latest = store.open_latest(history.schema(), meta.store_id);
    if (latest->meta().watermark <= meta.watermark) return latest;
    report(LogLevel::warning, "storage_latest.duckdb is ahead of storage_history.duckdb and is built again");
  } catch (const CollectionFastPersistError& error) {
    const bool rebuildable = error.code() == ErrorCode::corrupt || error.code() == ErrorCode::foreign ||
                             error.code() == ErrorCode::extra_schema;
    if (!rebuildable) throw;
    report(LogLevel::warning,
           std::string("storage_latest.duckdb is set aside and built again from history: ") + error.what());
  }
  return nullptr;
}

}  // namespace

void set_aside_file(os::Directory& base, const std::string& name) {
  if (!base.contains(name)) return;
  const std::string first = name + std::string(model::kCorruptSuffix);
  if (base.contains(first)) base.rename(first, name + ".2" + std::string(model::kCorruptSuffix));
  base.rename(name, first);
  base.sync();
}

void catch_up(tables::HistoryTable& history, tables::LatestTable& latest) {
  std::vector<tables::HistoryRecord> rows;
  const auto apply = [&] {
    if (rows.empty()) return;
    std::vector<tables::VersionedRecord> records;
    records.reserve(rows.size());
    for (const auto& row : rows) records.push_back({&row.record, row.version, row.previous_sequence});
    CFP_FAILPOINT("recovery.before_catch_up");
    latest.apply(tables::net_changes(records), rows.back().record.sequence());
    rows.clear();
  };
  history.read(latest.meta().watermark, history.meta().watermark, [&](tables::HistoryRecord&& row) {
    rows.push_back(std::move(row));
    if (rows.size() >= kRowsPerStep) apply();
  });
  apply();
}

OpenedTables open_tables(os::Directory& base, tables::TableStore& store, const LogInventory& inventory,
                         const model::Schema& configured, const std::function<std::string()>& make_store_id,
                         const Report& report) {
  OpenedTables opened;
  opened.history = open_history(store, inventory, configured, make_store_id, report);
  const tables::Meta meta = opened.history->meta();
  const bool is_there = store.has_latest();
  if (is_there) opened.latest = open_usable_latest(store, *opened.history, report);
  if (!opened.latest) {
    if (is_there) {
      set_aside_file(base, std::string(model::kLatestFile));
      set_aside_file(base, std::string(model::kLatestFile) + ".wal");
    }
    if (is_there || meta.rows > 0) {
      report(LogLevel::info, "storage_latest.duckdb is built from history");
      store.rebuild_latest(*opened.history, meta.store_id);
    }
    opened.latest = store.open_latest(opened.history->schema(), meta.store_id);
  }
  catch_up(*opened.history, *opened.latest);
  return opened;
}

}  // namespace cfp::recovery
