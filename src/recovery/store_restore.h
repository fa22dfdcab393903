#pragma once

#include <cstdint>
#include <string>

#include "cfp/restore.h"
#include "os/file_system.h"
#include "recovery/log_inventory.h"
#include "tables/table_store.h"

namespace cfp::recovery {

/// What a restore stands on. Nobody has the source open for writing.
struct RestoreParts {
  os::Directory& source;        ///< An overlay: what tidies up while it reads tidies up in memory.
  os::Directory& into;          ///< Empty.
  tables::TableStore& looking;  ///< Reads files by path; makes nothing in the source.
  tables::TableStore& made;     ///< The tables of `into`.
  std::string store_id;         ///< Of the new store.
  std::string date;             ///< Name of the date directory for its log.
  std::uint64_t max_segment_bytes = 0;
  Report report;
};

/// What a source can give, and where the target lies in it.
struct RestorePlan {
  std::string history_path, history_name;  ///< Empty: there is none.
  std::string source_id;
  std::uint64_t history_watermark = 0;
  std::uint64_t history_through = 0;  ///< Rows that are taken; below the watermark: then nothing of the log is.
  bool takes_log = false;
  std::uint64_t through = 0;
};

/// Reads everything that the restore will read; writes nothing. Throws as cfp::restore.
RestorePlan plan_restore(const RestoreParts& parts, const RestoreTarget& to);
/// Makes history and log in `into`; a normal open does the rest.
void make_restored(const RestoreParts& parts, const RestorePlan& plan);

/// Throws for a directory in which a restore was cut short.
void refuse_half_restored(os::Directory& base);

}  // namespace cfp::recovery
