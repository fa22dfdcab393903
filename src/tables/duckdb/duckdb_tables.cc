#include "tables/duckdb/duckdb_tables.h"

#include <algorithm>
#include <atomic>
#include <climits>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/failpoint.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "tables/duckdb/column_addition.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"
#include "tables/duckdb/history_import.h"
#include "tables/duckdb/history_salvage.h"
#include "tables/duckdb/history_table.h"
#include "tables/duckdb/latest_table.h"
#include "tables/duckdb/rebuild.h"
#include "tables/duckdb/reference_history.h"
#include "tables/duckdb/staged_file.h"

namespace cfp::tables {

namespace duckdb {

namespace {

namespace fs = std::filesystem;

TableKind kind_of(std::string_view table_name) {
  if (table_name == model::kHistoryTable) return TableKind::history;
  if (table_name == model::kLatestTable) return TableKind::latest;
  throw CollectionFastPersistError(ErrorCode::invalid_argument, "there is no table \"" + std::string(table_name) +
                                                                    "\": storage_history or storage_latest");
}

/// Two files in a base directory.
/// Threads: one at a time, but for looks at files. Owns no file that is open.
class DuckDbStore final : public TableStore {
 public:
  explicit DuckDbStore(const DuckDbOptions& options)
      : options_(options),
        base_dir_(fs::weakly_canonical(fs::absolute(options.base_dir))),
        spare_(base_dir_, options.memory_limit_bytes) {}

  bool has_history() override { return exists(TableKind::history); }
  bool has_latest() override { return exists(TableKind::latest); }
  bool is_reference_history() override;
  std::unique_ptr<HistoryTable> open_history(const model::Schema& configured, std::string_view store_id) override;
  std::uint64_t add_columns(const model::Schema& configured) override {
    return duckdb::add_columns(file(TableKind::history), writing_options(TableKind::history), configured);
  }
  std::unique_ptr<LatestTable> open_latest(const model::Schema& in_force, std::string_view store_id) override;
  std::uint64_t rebuild_latest(HistoryTable& history, std::string_view store_id) override;
  std::unique_ptr<HistoryTable> rebuild_history(std::unique_ptr<HistoryTable> history,
                                                std::span<const model::Record> missing) override;
  void read_reference_history(const std::function<void(model::Record&&)>& sink) override {
    duckdb::read_reference_history(file(TableKind::history), base_dir_ / model::kSpillDirectory,
                                   instance_options("reference"), sink);
  }
  bool is_healthy_file(const fs::path& path, std::string_view table_name) override;
  bool has_log(std::string_view table_name) override { return has_any_log(file(kind_of(table_name))); }
  Meta examine(std::string_view table_name, Look look) override;
  std::optional<Meta> read_meta(const fs::path& path, std::string_view table_name) override {
    return look_at(path, kind_of(table_name), Extent::meta);
  }
  std::optional<Meta> verify(const fs::path& path, std::string_view table_name, Pace pace) override {
    return look_at(path, kind_of(table_name), Extent::rows, pace == Pace::full ? INT_MAX : 1);
  }
  std::optional<Meta> verify_blocks(const fs::path& path, std::string_view table_name) override {
    return look_at(path, kind_of(table_name), Extent::blocks);
  }
  void copy(std::string_view table_name, const ByteSink& sink) override;
  std::unique_ptr<StagedTable> stage(std::string_view table_name, const fs::path& backup) override {
    return stage_file(backup, file(kind_of(table_name)));
  }
  Meta import_history(const fs::path& source, std::uint64_t through, std::string_view store_id) override;
  std::vector<std::uint64_t> sequences(const fs::path& path, std::string_view table, std::uint64_t after) override {
    return translated(path.filename().string(),
                      [&] { return read_sequences(path, kind_of(table), after, looking_options()); });
  }
  void add_rows_of_latest(const fs::path& latest) override {
    const fs::path path = file(TableKind::history);
    translated(path.filename().string(),
               [&] { duckdb::add_rows_of_latest(latest, path, instance_options("salvage")); });
  }
  std::uint64_t last_whole_sequence(const fs::path& path, std::uint64_t through, std::int64_t time) override {
    return translated(path.filename().string(),
                      [&] { return duckdb::last_whole_sequence(path, through, time, looking_options()); });
  }

 private:
  std::optional<Meta> look_at(const fs::path& path, TableKind kind, Extent extent, int most_threads = INT_MAX);
  [[nodiscard]] fs::path file(TableKind kind) const {
    return base_dir_ / (kind == TableKind::history ? model::kHistoryFile : model::kLatestFile);
  }
  [[nodiscard]] InstanceOptions instance_options(std::string_view name) const;
  [[nodiscard]] InstanceOptions writing_options(TableKind kind) const;
  [[nodiscard]] InstanceOptions looking_options() const;
  [[nodiscard]] bool exists(TableKind kind) const;
  void make_missing(TableKind kind, const model::Schema& schema, std::string_view store_id);

  const DuckDbOptions options_;
  const fs::path base_dir_;
  // Files may be checked by several threads, and backups by other processes: each spills for itself.
  const std::string look_name_ = "look" + std::to_string(std::random_device()()) + "_";
  mutable std::atomic<unsigned> looks_ = 0;
  SpareInstance spare_;
};

InstanceOptions DuckDbStore::instance_options(std::string_view name) const {
  fs::path spill = options_.read_only ? fs::path() : base_dir_ / model::kSpillDirectory / name;
  return {options_.memory_limit_bytes, options_.threads, std::move(spill), {}, options_.read_only};
}

InstanceOptions DuckDbStore::writing_options(TableKind kind) const {
  InstanceOptions out = instance_options(kind == TableKind::history ? "history" : "latest");
  out.attachable = {replacement_of(file(TableKind::history)), replacement_of(file(TableKind::latest))};
  return out;
}

InstanceOptions DuckDbStore::looking_options() const {
  InstanceOptions out = instance_options(look_name_ + std::to_string(looks_.fetch_add(1)));
  out.read_only = true;
  return out;
}

bool DuckDbStore::exists(TableKind kind) const { return is_there(file(kind)); }

void DuckDbStore::make_missing(TableKind kind, const model::Schema& schema, std::string_view store_id) {
  const fs::path path = file(kind);
  if (fs::exists(path)) return;
  if (options_.read_only) throw damage_error(path.filename().string(), "the file is missing");
  create_table_file(kind, path, spare_, schema, store_id);
}

bool DuckDbStore::is_reference_history() {
  std::error_code cause;
  const fs::path path = file(TableKind::history);
  if (fs::symlink_status(path, cause).type() != fs::file_type::regular) return false;
  try {
    const Instance instance(path, looking_options());
    const Connection connection = instance.connect();
    return has_table(connection, table_name(TableKind::history)) && !has_table(connection, "cfp_meta");
  } catch (const SqlError&) {
    return false;
  } catch (const CollectionFastPersistError&) {
    return false;
  }
}

std::unique_ptr<HistoryTable> DuckDbStore::open_history(const model::Schema& configured, std::string_view store_id) {
  const fs::path path = file(TableKind::history);
  const InstanceOptions writing = writing_options(TableKind::history);
  check_regular(path);
  make_missing(TableKind::history, configured, store_id);
  TableFile opened = open_table_file(TableKind::history, path, writing, store_id);
  opened.schema = model::reconcile_schema(configured, opened.schema);
  return std::make_unique<DuckDbHistory>(std::move(opened));
}

std::unique_ptr<LatestTable> DuckDbStore::open_latest(const model::Schema& in_force, std::string_view store_id) {
  const fs::path path = file(TableKind::latest);
  const InstanceOptions writing = writing_options(TableKind::latest);
  check_regular(path);
  make_missing(TableKind::latest, in_force, store_id);
  TableFile opened = open_table_file(TableKind::latest, path, writing, store_id);
  if (opened.schema.size() < in_force.size() &&
      std::equal(opened.schema.begin(), opened.schema.end(), in_force.begin())) {
    throw ExtraSchemaError(path.filename().string() + " lacks columns that storage_history.duckdb has");
  }
  if (opened.schema != in_force) {
    throw damage_error(path.filename().string(), "its custom columns are not those of storage_history.duckdb");
  }
  return std::make_unique<DuckDbLatest>(std::move(opened),
                                        [path, writing] { return std::make_unique<Instance>(path, writing); });
}

std::uint64_t DuckDbStore::rebuild_latest(HistoryTable& history, std::string_view store_id) {
  auto* const source = dynamic_cast<DuckDbHistory*>(&history);
  CFP_CHECK(source != nullptr);
  const fs::path path = file(TableKind::latest);
  Meta meta = source->meta();
  if (!store_id.empty()) meta.store_id = store_id;
  std::uint64_t rows = 0;
  translated(path.filename().string(), [&] {
    const Connection& connection = source->live().writer();
    source->live().checkpoint();  // rows that are only in the log would stay in memory
    FreshDatabase fresh(connection, path);
    rows = build_latest(connection, source->schema(), meta);
    CFP_FAILPOINT("rebuild.latest.built");
    source->live().without_readers([&] { fresh.detach(); });
  });
  remove_logs(replacement_of(path));
  remove_logs(path);
  put_in_place(path);
  CFP_FAILPOINT("rebuild.latest.done");
  return rows;
}

std::unique_ptr<HistoryTable> DuckDbStore::rebuild_history(std::unique_ptr<HistoryTable> history,
                                                           std::span<const model::Record> missing) {
  auto* const source = dynamic_cast<DuckDbHistory*>(history.get());
  CFP_CHECK(source != nullptr);
  const fs::path path = file(TableKind::history);
  const model::Schema schema = source->schema();
  translated(path.filename().string(), [&] {
    source->live().checkpoint();
    FreshDatabase fresh(source->live().writer(), path);
    build_history(source->live().writer(), schema, source->meta(), missing);
    CFP_FAILPOINT("rebuild.history.built");
    source->live().without_readers([&] { fresh.detach(); });
    source->live().checkpoint();
  });
  history.reset();
  CFP_FAILPOINT("rebuild.history.closed");
  remove_logs(replacement_of(path));
  remove_logs(path);
  put_in_place(path);
  CFP_FAILPOINT("rebuild.history.done");
  return open_history(schema, "");
}

bool DuckDbStore::is_healthy_file(const fs::path& path, std::string_view table_name) {
  const TableKind kind = kind_of(table_name);
  std::error_code cause;
  if (!fs::is_regular_file(path, cause)) return false;
  try {
    const Instance instance(fs::canonical(path), looking_options());
    return scan_is_healthy(instance.connect(), kind);
  } catch (const CollectionFastPersistError& error) {
    if (error.code() == ErrorCode::locked || error.code() == ErrorCode::disk_full) throw;
    return false;
  }
}

Meta DuckDbStore::examine(std::string_view table_name, Look look) {
  const TableKind kind = kind_of(table_name);
  const fs::path path = file(kind);
  check_regular(path);
  make_private(path);
  if (look != Look::at_all_without_log)
    return examine_file(kind, path, looking_options(), look == Look::at_meta ? Extent::meta : Extent::rows);
  const NameWithoutLog alone(path, base_dir_ / model::kSpillDirectory / "alone");
  return examine_file(kind, alone.path(), looking_options(), Extent::rows);
}

void DuckDbStore::copy(std::string_view table_name, const ByteSink& sink) {
  const fs::path path = file(kind_of(table_name));
  check_regular(path);
  if (has_any_log(path)) {
    throw damage_error(path.filename().string(), "it was not closed: a log of the database's lies beside it");
  }
  FileBytes(path).copy(sink);
}

std::optional<Meta> DuckDbStore::look_at(const fs::path& path, TableKind kind, Extent extent, int most_threads) {
  std::error_code cause;
  if (fs::symlink_status(path, cause).type() != fs::file_type::regular) return std::nullopt;
  try {
    const fs::path resolved = fs::canonical(path);
    if (auto meta = examine_quickly(kind, resolved, spare_, extent)) return meta;
    InstanceOptions options = looking_options();
    options.threads = std::min(options.threads, most_threads);
    return examine_file(kind, resolved, options, extent);
  } catch (const CollectionFastPersistError& error) {
    if (error.code() == ErrorCode::locked || error.code() == ErrorCode::disk_full) throw;
    return std::nullopt;
  }
}

Meta DuckDbStore::import_history(const fs::path& source, std::uint64_t through, std::string_view store_id) {
  const fs::path path = file(TableKind::history);
  check_absent(path);
  InstanceOptions options = instance_options("import");
  remove_replacement(path);
  Meta meta = translated(path.filename().string(), [&] {
    return duckdb::import_history({source, through}, replacement_of(path), store_id, std::move(options));
  });
  put_in_place(path);
  return meta;
}

}  // namespace

}  // namespace duckdb

std::unique_ptr<TableStore> make_duckdb_tables(const DuckDbOptions& options) {
  return std::make_unique<duckdb::DuckDbStore>(options);
}

}  // namespace cfp::tables
