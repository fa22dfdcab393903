#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cfp/backup.h"
#include "cfp/config.h"
#include "os/background.h"
#include "os/file_system.h"
#include "os/side_job.h"
#include "recovery/backup_reading.h"
#include "recovery/history_sources.h"
#include "recovery/log_inventory.h"
#include "tables/table_store.h"

namespace cfp::recovery {

/// Why history cannot be used as it is.
struct HistoryFault {
  enum class Kind {
    missing,
    unusable,      ///< It does not open, or not all of it can be read, or it is no history of ours.
    contradicted,  ///< It is good, but something else knows of more records, or of another store.
    reference,     ///< The reference implementation wrote it, and it has not moved in: nothing to heal.
  };
  Kind kind = Kind::missing;
  std::string what;  ///< For people: "storage_history.duckdb " + what.
};

struct HealedHistory {
  std::string store_id;       ///< Of the directory; empty when there never was a store in it.
  bool was_replaced = false;  ///< By another file, or by none, to be built from the log alone.
  /// Where latest cannot be used: the one beside the backup that history now is.
  std::unique_ptr<tables::StagedTable> latest = nullptr;
};

/// Brings history back from what is left: itself without its own log, a backup, the log. It takes a source only when
/// the log leads from it to the last record that anything here knows of, and when all of it can be read; otherwise it
/// throws `corrupt` and has changed nothing. The old file and its logs are set aside, never deleted.
/// Threads: one. Both tables must be closed.
/// Failure: may be killed at any step; the next open finds history missing or old, and heals again.
class TableHealing {
 public:
  /// With a background, backups are copied while they are read.
  TableHealing(os::Directory& base, tables::TableStore& store, LogInventory& inventory, OnDamage on_damage,
               const Report& report, os::Background* background = nullptr);

  HealedHistory heal(const HistoryFault& fault);

 private:
  void look_around(const HistoryFault& fault);
  [[nodiscard]] std::optional<tables::Meta> look_at(std::string_view table_name, tables::Look look);
  [[nodiscard]] StoreIds ids() const;
  [[nodiscard]] bool is_new_store(const HistoryFault& fault) const;
  [[nodiscard]] std::uint64_t known_through(const std::string& store_id) const;
  [[nodiscard]] std::vector<HistorySource> sources(const HistoryFault& fault, const std::string& store_id) const;
  [[nodiscard]] std::optional<HistoryChoice> choose(const HistoryFault& fault, const std::string& store_id);
  void begin_to_read(const HistorySource& source, const std::string& store_id);
  void forget_reading();
  [[nodiscard]] bool is_good(const HistorySource& source, const std::string& store_id);
  [[nodiscard]] std::filesystem::path latest_for(const HistorySource& source, const std::string& store_id) const;
  void stage(const std::filesystem::path& history, const std::filesystem::path& latest);
  [[noreturn]] void refuse(const HistoryFault& fault, const std::string& store_id) const;
  void put_in_place(const HistoryFault& fault, const HistorySource& source);

  os::Directory& base_;
  tables::TableStore& store_;
  LogInventory& inventory_;
  const OnDamage on_damage_;
  const Report& report_;
  os::Background* const background_;
  std::optional<tables::Meta> history_, checkpoint_, latest_;
  std::vector<BackupInfo> backups_;  // highest watermark first
  std::vector<std::string> reasons_;
  std::unique_ptr<tables::StagedTable> staged_history_, staged_latest_;
  std::string staging_problem_;  ///< Why latest is not among them.
  std::unique_ptr<BackupReading> reading_;
  std::unique_ptr<os::SideJob> staging_;  ///< Last: it uses the others.
};

/// Renames a file of the base directory to `.corrupt`; an earlier one becomes `.2.corrupt`, and no more are kept.
void set_aside_file(os::Directory& base, const std::string& name);
/// The same for a table file, and then for the logs that DuckDB keeps beside it.
void set_aside_table(os::Directory& base, std::string_view file);

/// What to say of `error`: DuckDB's own line, without the steps that the specification asks for.
std::string cause_of(const std::exception& error);

}  // namespace cfp::recovery
