#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cfp/config.h"
#include "model/schema.h"
#include "os/background.h"
#include "os/file_system.h"
#include "recovery/log_inventory.h"
#include "tables/table_store.h"

namespace cfp::recovery {

struct TableOptions {
  model::Schema configured;
  std::function<std::string()> make_store_id;
  OnDamage on_damage = OnDamage::heal;
  os::Background* background = nullptr;  ///< Where backups are looked at and copied beside; else one after the other.
  bool add_missing_columns = false;      ///< Else `configured` may only name columns that history has.
};

struct OpenedTables {
  std::unique_ptr<tables::HistoryTable> history;
  std::unique_ptr<tables::LatestTable> latest;  ///< At history's watermark.
  std::uint64_t healed_files = 0;               ///< That were missing, damaged or not this store's.
  bool history_was_read = false;                ///< To its last column, in this opening; else it was only counted.
  bool latest_was_read = false;
  bool is_reference = false;  ///< History is the reference implementation's and has to move in: nothing is open.
};

/// Opens both tables of a store, or makes them, so that latest stands where history stands (H and L are their
/// watermarks). L = H: nothing to do. L < H, the normal state after a crash: history's rows in between are applied.
/// Latest missing, damaged, ahead of history or of another store: it is set aside and built again from history, or
/// from its own backup where history was just healed from the one beside.
/// History missing, damaged, of another store, or behind what latest or a backup knows: see TableHealing.
/// Without a segment of the log, history may be the reference implementation's (is_reference): it is told by the
/// ordinary opening, since a look of its own would cost every open as much again.
/// Columns that are added to history come into latest by building it again.
/// A table that was not closed, or in which damage was found, is read to its last column before it is used.
/// May be killed at any step. Throws `corrupt` with the steps to take where nothing covers the damage.
OpenedTables open_tables(os::Directory& base, tables::TableStore& store, LogInventory& inventory,
                         const TableOptions& options, const Report& report);

/// Leaves a mark by which the next open reads both tables in full. Never throws: what is said twice is said once.
void mark_for_check(os::Directory& base) noexcept;

}  // namespace cfp::recovery
