#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/schema.h"
#include "os/file_system.h"
#include "recovery/log_inventory.h"
#include "tables/tables.h"

namespace cfp::recovery {

struct OpenedTables {
  std::unique_ptr<tables::HistoryTable> history;
  std::unique_ptr<tables::LatestTable> latest;  ///< At history's watermark.
};

/// Opens both tables of a store, or makes them, so that latest stands where history stands (H and L are their
/// watermarks). L = H: nothing to do. L < H, the normal state after a crash: history's rows in between are applied.
/// Latest missing, damaged, ahead of history or of another store: it is set aside and built again from history.
/// History missing: it is made anew where the log reaches back to the first record, or where there never was one.
/// May be killed at any step. Throws `corrupt` with the steps to take where nothing covers the damage.
OpenedTables open_tables(os::Directory& base, tables::TableStore& store, const LogInventory& inventory,
                         const model::Schema& configured, const std::function<std::string()>& make_store_id,
                         const Report& report);

/// Applies history's rows above latest's watermark to latest.
void catch_up(tables::HistoryTable& history, tables::LatestTable& latest);

/// Renames a file of the base directory to `.corrupt`; an earlier one becomes `.2.corrupt`, and no more are kept.
void set_aside_file(os::Directory& base, const std::string& name);

}  // namespace cfp::recovery
