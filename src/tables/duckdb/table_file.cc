#include "tables/duckdb/table_file.h"

#include <string>
#include <system_error>

#include "base/failpoint.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"

namespace cfp::tables::duckdb {

namespace {

// Reading more takes longer than an instance of its own, which may have all threads, and spill.
constexpr std::uintmax_t kMostBytesToReadQuickly = 16 * 1024 * 1024;

/// A file that was closed without a log beside it is what a checkpoint left whole: counting its rows is enough. With a
/// log the numbers of all rows are compared, which reads a column.
bool has_counted_rows(const Connection& connection, TableKind kind, const Meta& meta, bool was_closed_cleanly) {
  if (!was_closed_cleanly) return same_counts(count_rows(connection, table_name(kind)), meta);
  Result result = connection.run("SELECT count(*)::UBIGINT FROM " + table_name(kind));
  return result.next().column(0).at<std::uint64_t>(0) == meta.rows;
}

CollectionFastPersistError foreign(const std::string& name, const std::string& what) {
  return {ErrorCode::foreign, name + " " + what + "; move it away"};
}

void check_tables(const Connection& connection, TableKind kind, const std::string& name) {
  for (const std::string& table : {table_name(kind), std::string("cfp_meta")}) {
    if (!has_table(connection, table)) throw foreign(name, "is not a file of this library: it has no table " + table);
  }
}

TableFile checked(TableKind kind, std::unique_ptr<Instance> instance, std::string_view store_id,
                  bool was_closed_cleanly) {
  const std::string name = instance->file().filename().string();
  TableFile out;
  {
    const Connection connection = instance->connect();
    check_tables(connection, kind, name);
    out.meta = read_meta(connection, kind, name);  // first: a newer format may have other columns
    out.schema = read_schema(connection, kind, name);
    if (kind == TableKind::latest && !has_table(connection, "cfp_deleted")) {
      throw damage_error(name, "the table cfp_deleted is missing");
    }
    if (!store_id.empty() && out.meta.meta.store_id != store_id) throw foreign(name, "belongs to another store");
    if (!has_counted_rows(connection, kind, out.meta.meta, was_closed_cleanly)) {
      throw damage_error(name, "its rows are not those that cfp_meta counts");
    }
  }
  out.was_closed_cleanly = was_closed_cleanly;
  out.live = std::make_shared<LiveFile>(std::move(instance));
  return out;
}

bool rows_are_healthy(const Connection& connection, TableKind kind, Extent extent) {
  // One snapshot: rows may be added meanwhile.
  Transaction transaction(connection, "BEGIN TRANSACTION READ ONLY");
  const std::string table = table_name(kind);
  connection.run("SELECT bit_xor(hash(t)) FROM " + table + " AS t");
  if (!has_table(connection, "cfp_meta")) return true;
  const MetaRow meta = read_meta(connection, kind, table);
  if (!same_counts(count_rows(connection, table), meta.meta)) return false;
  if (kind == TableKind::history) return true;
  connection.run("SELECT bit_xor(hash(t)) FROM cfp_deleted AS t");
  if (extent == Extent::blocks) return true;
  const auto twice = [&](const std::string& item) {
    Result result = connection.run("SELECT count(*) - count(DISTINCT " + item + ") FROM " + table);
    return result.next().column(0).at<std::int64_t>(0) != 0;
  };
  // By hash first, since that is much cheaper than all names; only when two are equal do the names decide.
  return !twice("hash(\"key\", collection_name, item_name)") || !twice("(\"key\", collection_name, item_name)");
}

Meta examine_tables(const Connection& connection, TableKind kind, const std::string& name, Extent extent) {
  check_tables(connection, kind, name);
  Meta meta = read_meta(connection, kind, name).meta;
  if (extent != Extent::meta && !scan_is_healthy(connection, kind, extent)) {
    throw damage_error(name, "reading all of it finds rows that cannot be read, or that cfp_meta does not count");
  }
  return meta;
}

}  // namespace

std::string table_name(TableKind kind) {
  return std::string(kind == TableKind::history ? model::kHistoryTable : model::kLatestTable);
}

void create_table_file(TableKind kind, const std::filesystem::path& file, SpareInstance& spare,
                       const model::Schema& schema, std::string_view store_id) {
  remove_replacement(file);
  set_aside_orphaned_logs(file);
  const auto build = [&](const Connection& connection) {
    FreshDatabase fresh(connection, file);
    Transaction transaction(connection);
    create_tables(connection, "fresh.", kind, schema);
    MetaRow row;
    row.meta.format = kFormat;
    row.meta.store_id = store_id;
    create_meta(connection, "fresh.", kind, row);
    CFP_FAILPOINT("tables.create.before_commit");
    transaction.commit();
    CFP_FAILPOINT("tables.create.before_checkpoint");
    fresh.detach();
  };
  translated(file.filename().string(), [&] { spare.use(build); });
  CFP_FAILPOINT("tables.create.built");
  remove_logs(replacement_of(file));
  put_in_place(file);
}

void check_regular(const std::filesystem::path& file) {
  std::error_code cause;
  const auto status = std::filesystem::symlink_status(file, cause);
  if (status.type() == std::filesystem::file_type::not_found) return;
  const std::string name = file.filename().string();
  if (status.type() != std::filesystem::file_type::regular) {
    throw CollectionFastPersistError(ErrorCode::foreign, name + " is a link or no file; move it away");
  }
  if (std::filesystem::file_size(file, cause) == 0 && !cause) throw damage_error(name, "the file is empty");
}

TableFile open_table_file(TableKind kind, const std::filesystem::path& file, const InstanceOptions& options,
                          std::string_view store_id) {
  check_regular(file);
  if (!options.read_only) {
    remove_replacement(file);
    make_private(file);
  }
  const bool was_closed_cleanly = !has_any_log(file);
  auto instance = std::make_unique<Instance>(file, options);
  try {
    return checked(kind, std::move(instance), store_id, was_closed_cleanly);
  } catch (const SqlError& error) {
    throw open_error(file.filename().string(), error.what());
  }
}

Meta examine_file(TableKind kind, const std::filesystem::path& file, const InstanceOptions& options, Extent extent) {
  check_regular(file);
  const std::string name = file.filename().string();
  try {
    const Instance instance(file, options);
    return examine_tables(instance.connect(), kind, name, extent);
  } catch (const SqlError& error) {
    throw open_error(name, error.what());
  }
}

std::optional<Meta> examine_quickly(TableKind kind, const std::filesystem::path& file, SpareInstance& spare,
                                    Extent extent) {
  if (!spare.reaches(file)) return std::nullopt;
  std::error_code cause;
  const std::uintmax_t bytes = std::filesystem::file_size(file, cause);
  if (cause || (extent != Extent::meta && bytes > kMostBytesToReadQuickly)) return std::nullopt;
  Meta meta;
  try {
    check_regular(file);
    spare.use([&](const Connection& connection) {
      connection.run("ATTACH " + sql_text(file.string()) + " AS looked_at (READ_ONLY)");
      connection.run("USE looked_at");
      meta = examine_tables(connection, kind, file.filename().string(), extent);
      connection.run("USE memory");
      connection.run("DETACH looked_at");
    });
    return meta;
  } catch (const SqlError&) {
    return std::nullopt;
  } catch (const CollectionFastPersistError&) {
    return std::nullopt;
  }
}

std::uint64_t row_bound(const Connection& connection, TableKind kind) {
  std::string bound = "SELECT greatest((SELECT max(rowid) FROM " + table_name(kind) + "), ";
  bound += kind == TableKind::latest ? "(SELECT max(rowid) FROM cfp_deleted), -1)" : "-1)";
  Result result = connection.run(bound + "::BIGINT + 1");
  return static_cast<std::uint64_t>(result.next().column(0).at<std::int64_t>(0));
}

bool scan_rows(const Connection& connection, TableKind kind, std::uint64_t from, std::uint64_t count) {
  const std::string range =
      " AS t WHERE rowid >= " + std::to_string(from) + " AND rowid < " + std::to_string(from + count);
  try {
    connection.run("SELECT bit_xor(hash(t)) FROM " + table_name(kind) + range);
    if (kind == TableKind::latest) connection.run("SELECT bit_xor(hash(t)) FROM cfp_deleted" + range);
    return true;
  } catch (const SqlError& error) {
    const bool is_damage = error.type() != DUCKDB_ERROR_OUT_OF_MEMORY && error.type() != DUCKDB_ERROR_FATAL &&
                           code_of(error.what()) != ErrorCode::disk_full;
    if (!is_damage) throw operation_error(table_name(kind), error);
    return false;
  }
}

bool scan_is_healthy(const Connection& connection, TableKind kind, Extent extent) {
  try {
    return rows_are_healthy(connection, kind, extent);
  } catch (const SqlError& error) {
    const bool lacks_room = error.type() == DUCKDB_ERROR_OUT_OF_MEMORY || code_of(error.what()) == ErrorCode::disk_full;
    if (lacks_room) throw operation_error(table_name(kind), error);
    return false;
  } catch (const CollectionFastPersistError&) {
    return false;  // cfp_meta is not readable
  }
}

}  // namespace cfp::tables::duckdb
