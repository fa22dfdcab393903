#include "findings.h"

#include "cfp/error.h"
#include "cfp/repair.h"
#include "opened_store.h"
#include "printable.h"
#include "progress.h"
#include "repair_plan.h"
#include "store_files.h"
#include "units.h"

namespace cfp::cli {
namespace {

class Examination {
 public:
  Examination(const Arguments& arguments, Console& console) : arguments_(arguments), console_(console) {}

  Verdict run(bool deep) {
    look_at_log_and_tables();
    if (verdict_.opens) look_inside(deep);
    look_at_backups(deep);
    look_at_what_was_set_aside();
    return std::move(verdict_);
  }

 private:
  void add(Finding finding) { verdict_.findings.push_back(std::move(finding)); }

  /// What stops an open, as a repair sees it.
  void look_at_log_and_tables() {
    const Progress progress(console_, "reading the log");
    const RepairReport plan = repair(arguments_.base_dir());
    verdict_.opens = plan.opens;
    std::string lost;
    for (const MissingSequences& missing : plan.missing) lost += (lost.empty() ? "" : "; ") + missing_text(missing);
    for (const RepairStep& step : plan.steps) {
      if (step.action != RepairAction::set_aside && step.action != RepairAction::finish) continue;
      add({.place = place_of(step),
           .what = step.action == RepairAction::finish ? "a repair was cut short here" : step.text,
           .lost = std::exchange(lost, ""),
           .safe =
               "every record that can be read, with its sequence; a repair moves what is bad aside and deletes nothing",
           .next = arguments_.program() + " repair"});
    }
    if (plan.steps.empty() && !plan.opens) {
      add({.place = printable(arguments_.base_dir().string()),
           .what = "the store does not open, and a repair finds nothing to do",
           .safe = "the backups, see below",
           .next = arguments_.program() + " list-backups --verify"});
    }
  }

  /// Damage that an open for writing mends by itself.
  void look_inside(bool deep) {
    try {
      const auto store = open_to_read(arguments_, console_);
      if (deep) {
        const Progress progress(console_, "reading both tables");
        look_at_table(*store, store->history_db_path(), "storage_history");
        look_at_table(*store, store->latest_db_path(), "storage_latest");
      }
    } catch (const CollectionFastPersistError& error) {
      if (error.code() != ErrorCode::corrupt && error.code() != ErrorCode::foreign) throw;
      add(healing(printable(arguments_.base_dir().string()), error.what()));
    }
  }

  void look_at_table(CollectionFastPersist& store, const std::filesystem::path& path, const char* table) {
    if (store.check_database_health(path, table)) return;
    add(healing(printable(path.filename().string()), std::string("not every row of ") + table + " can be read"));
  }

  [[nodiscard]] Finding healing(std::string place, std::string what) const {
    return {.place = std::move(place),
            .what = std::move(what),
            .safe =
                "every acknowledged record, in the log and the backups; the next open for writing sets the file aside "
                "and builds it again, or says what is missing",
            .next = arguments_.program() + " backup"};
  }

  void look_at_backups(bool deep) {
    const Progress progress(console_, "reading backups");
    const auto backups = list_backups(arguments_.base_dir(), deep);
    bool any = false;
    for (const BackupInfo& backup : backups) {
      any = any || backup.is_readable;
      if (backup.is_readable) continue;
      add({.place = printable(backup.path.string()),
           .what = "this backup cannot be used: " + backup.problem,
           .safe = "the store itself; it does not read its backups until it needs them",
           .next = arguments_.program() + " backup"});
    }
    if (any) return;
    add({.kind = Finding::Kind::notice,
         .place = printable(arguments_.base_dir().string()),
         .what = "there is no backup that can be read",
         .safe = "everything that is stored, as long as this disk is",
         .next = arguments_.program() + " backup"});
  }

  void look_at_what_was_set_aside() {
    const auto files = set_aside_files(arguments_.base_dir());
    for (const auto& file : files) {
      std::error_code ignored;
      const std::uintmax_t bytes = std::filesystem::file_size(file, ignored);
      const bool torn = file.extension() == ".torn";
      add({.kind = Finding::Kind::notice,
           .place = printable(file.lexically_relative(arguments_.base_dir()).string()),
           .what = std::string(torn ? "a torn tail of the log" : "a file that could not be used") + " was set aside (" +
                   bytes_text(ignored ? 0 : bytes) + ")",
           .safe = torn ? "everything that was acknowledged: a torn tail never was"
                        : "nothing was deleted; move it elsewhere once you are sure that you do not need it"});
    }
  }

  const Arguments& arguments_;
  Console& console_;
  Verdict verdict_;
};

}  // namespace

Verdict examine(const Arguments& arguments, Console& console, bool deep) {
  return Examination(arguments, console).run(deep);
}

}  // namespace cfp::cli
