#include "cfp/restore.h"

#include <algorithm>
#include <system_error>

#include "base/failpoint.h"
#include "engine/base_directory.h"
#include "engine/engine.h"
#include "engine/offline_base.h"
#include "os/overlay_directory.h"
#include "recovery/store_restore.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& why) { throw CollectionFastPersistError(ErrorCode::invalid_argument, why); }

bool is_inside(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void check_place(const fs::path& base_dir, const fs::path& into) {
  const fs::path source = fs::canonical(base_dir), target = fs::weakly_canonical(fs::absolute(into));
  if (is_inside(target, source) || is_inside(source, target)) {
    refuse("Cannot restore into " + into.string() + ": it must lie outside of " + base_dir.string() +
           ", and not around it. Choose another directory. Nothing was changed.");
  }
  if (engine::has_question_mark(into)) {
    refuse("Cannot restore into " + into.string() +
           ": DuckDB cannot keep its log in a path with a question mark; choose another.");
  }
  const fs::file_status status = fs::symlink_status(into);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) refuse("Cannot restore into " + into.string() + ": it is no directory.");
  recovery::refuse_half_restored(*os::open_base_directory(into));
  if (!fs::is_empty(into)) {
    refuse("Cannot restore into " + into.string() +
           ": the directory is not empty. Choose one that is missing or empty. Nothing was changed.");
  }
}

/// Makes the directory, and removes what was made unless all went well.
class NewDirectory {
 public:
  explicit NewDirectory(fs::path path) : path_(std::move(path)), was_there_(fs::exists(path_)) {
    directory_ = os::open_base_directory(path_);
  }
  ~NewDirectory() {
    if (is_good_) return;
    std::error_code ignored;
    if (!was_there_) {
      fs::remove_all(path_, ignored);
      return;
    }
    // The mark of an unfinished restore goes last.
    for (const bool marks : {false, true}) {
      for (const auto& entry : fs::directory_iterator(path_, ignored)) {
        if ((entry.path().filename() == "restore.tmp") == marks) fs::remove_all(entry.path(), ignored);
      }
    }
  }
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;
  [[nodiscard]] os::Directory& directory() noexcept { return *directory_; }
  void keep() noexcept { is_good_ = true; }

 private:
  const fs::path path_;
  const bool was_there_;
  std::unique_ptr<os::Directory> directory_;
  bool is_good_ = false;
};

std::int64_t number_of(engine::Engine& store, engine::Engine::Table table, const char* sql) {
  const auto row = store.query(table, sql, {}).fetchone();
  const auto* number = row ? std::get_if<std::int64_t>(&row->at(0)) : nullptr;
  return number == nullptr ? 0 : *number;
}

/// An ordinary open brings tables and log together, and says what the new store has.
RestoreReport open_and_close(const Date& date, const fs::path& into, const RestoreOptions& options) {
  CollectionConfig config;
  config.base_dir = into;
  config.max_wal_size = options.max_wal_size;
  config.extra_schema = options.extra_schema;
  config.allow_network_fs = options.allow_network_fs;
  config.duckdb_memory_limit_bytes = options.duckdb_memory_limit_bytes;
  config.duckdb_threads = options.duckdb_threads;
  config.backup_on_close = false;
  config.log_sink = options.log_sink;
  engine::Engine store(date, config, engine::make_system_parts(date, config));
  using Table = engine::Engine::Table;
  store.flush();
  RestoreReport report;
  const auto count = [&](Table table, const char* sql) {
    return static_cast<std::uint64_t>(number_of(store, table, sql));
  };
  report.records = count(Table::history, "SELECT count(*) FROM storage_history");
  report.through = count(Table::history, "SELECT coalesce(max(cfp_seq), 0)::BIGINT FROM storage_history");
  report.items = count(Table::latest, "SELECT count(*) FROM storage_latest");
  if (report.records > 0) {
    const auto us = number_of(store, Table::history, "SELECT epoch_us(max(updated_at)) FROM storage_history");
    report.last_updated_at = Timestamp(Timestamp::Micros(std::chrono::microseconds(us)));
  }
  store.close();
  return report;
}

RestoreReport restore_into(os::Directory& base, const fs::path& into, const RestoreTarget& to,
                           const RestoreOptions& options) {
  const recovery::Report log = [&](LogLevel level, const std::string& message) {
    if (options.log_sink) options.log_sink(level, message);
  };
  engine::LookingTables looking(options.duckdb_memory_limit_bytes, options.duckdb_threads);
  const auto source = os::make_overlay_directory(base);
  NewDirectory target(into);
  engine::check_local_disk(into, options.allow_network_fs);
  const auto made =
      tables::make_duckdb_tables({fs::canonical(into), options.duckdb_memory_limit_bytes, options.duckdb_threads});
  const Date date = Date::today();
  const recovery::RestoreParts parts{*source,
                                     target.directory(),
                                     looking.tables(),
                                     *made,
                                     engine::make_store_id(),
                                     date.to_string(),
                                     options.max_wal_size,
                                     log};
  const recovery::RestorePlan plan = recovery::plan_restore(parts, to);
  recovery::make_restored(parts, plan);
  RestoreReport report = open_and_close(date, into, options);
  report.source = plan.history_name;
  if (report.through != plan.through) {
    throw CollectionFastPersistError(ErrorCode::internal, "The restored store ends at record " +
                                                              std::to_string(report.through) + " instead of " +
                                                              std::to_string(plan.through) + "; it was removed.");
  }
  target.keep();
  CFP_FAILPOINT("restore.done");
  return report;
}

}  // namespace

RestoreReport restore(const fs::path& base_dir, const fs::path& into, const RestoreTarget& to,
                      const RestoreOptions& options) {
  try {
    const auto base = engine::open_existing_base(base_dir);
    check_place(base_dir, into);
    const auto lock = engine::share_store(base_dir, *base);
    return restore_into(*base, into, to, options);
  } catch (const std::system_error& error) {
    throw engine::describe(error, base_dir);
  }
}

}  // namespace cfp
