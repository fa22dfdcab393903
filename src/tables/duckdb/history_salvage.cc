#include "tables/duckdb/history_salvage.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"

namespace cfp::tables::duckdb {

namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> read_number(const Connection& connection, const std::string& sql) {
  Result result = connection.run(sql);
  const Chunk chunk = result.next();
  if (chunk.rows() == 0 || chunk.column(0).is_null(0)) return std::nullopt;
  return chunk.column(0).at<std::uint64_t>(0);
}

struct Latest {
  model::Schema schema;
  Meta meta;
};

Latest look_at_latest(const fs::path& file, InstanceOptions options) {
  options.read_only = true;
  const Instance instance(file, options);
  const Connection connection = instance.connect();
  const std::string name = file.filename().string();
  return {read_schema(connection, TableKind::latest, name), read_meta(connection, TableKind::latest, name).meta};
}

/// Rows of the attached latest in the columns of history. Only `cfp_deleted` says nothing of the time of its records:
/// they get that of the record before them.
std::string rows_of_latest(const model::Schema& history, const model::Schema& latest, std::uint64_t after) {
  std::string extra, no_extra;
  for (const model::Column& column : history) {
    const bool is_there = std::ranges::find(latest, column) != latest.end();
    extra += (is_there ? sql_name(column.name) : "NULL AS " + sql_name(column.name)) + ", ";
    no_extra += "NULL, ";
  }
  const std::string where = " WHERE cfp_seq > " + std::to_string(after);
  const std::string rows =
      "SELECT \"key\", collection_name, item_name, \"data\", value_int, value_float, value_string, \"timestamp\", "
      "status, status_int, username, updated_at, cfp_version AS \"version\", " +
      extra +
      "cfp_seq, 'store' AS cfp_op, NULL::UBIGINT AS cfp_prev_seq, cfp_item_hash, NULL::UBIGINT AS cfp_batch, "
      "NULL::VARCHAR AS cfp_reason, NULL::VARCHAR AS cfp_request_id FROM source.storage_latest" +
      where +
      " UNION ALL SELECT \"key\", collection_name, item_name, '{}'::JSON, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
      "NULL, cfp_version, " +
      no_extra + "cfp_seq, 'delete', NULL, cfp_item_hash, NULL, NULL, NULL FROM source.cfp_deleted" + where;
  return "SELECT * REPLACE (coalesce(updated_at, max(updated_at) OVER (ORDER BY cfp_seq ROWS BETWEEN UNBOUNDED "
         "PRECEDING AND CURRENT ROW)) AS updated_at) FROM (" +
         rows + ") ORDER BY cfp_seq";
}

}  // namespace

std::vector<std::uint64_t> read_sequences(const fs::path& file, TableKind kind, std::uint64_t after,
                                          const InstanceOptions& options) {
  const Instance instance(file, options);
  const Connection connection = instance.connect();
  const std::string name = file.filename().string();
  static_cast<void>(read_schema(connection, kind, name));
  static_cast<void>(read_meta(connection, kind, name));
  const std::string where = " WHERE cfp_seq > " + std::to_string(after);
  const std::string sql = kind == TableKind::history ? "SELECT cfp_seq FROM storage_history" + where
                                                     : "SELECT cfp_seq FROM storage_latest" + where +
                                                           " UNION ALL SELECT cfp_seq FROM cfp_deleted" + where;
  std::vector<std::uint64_t> all;
  Result result = connection.run(sql);
  while (const Chunk chunk = result.next()) {
    for (idx_t row = 0; row < chunk.rows(); ++row) all.push_back(chunk.column(0).at<std::uint64_t>(row));
  }
  std::ranges::sort(all);
  return all;
}

std::uint64_t last_whole_sequence(const fs::path& history, std::uint64_t through, std::int64_t latest_time_us,
                                  const InstanceOptions& options) {
  const Instance instance(history, options);
  const Connection connection = instance.connect();
  const std::string last = "SELECT max(cfp_seq) FROM storage_history WHERE cfp_seq ";
  if (latest_time_us != std::numeric_limits<std::int64_t>::max()) {
    const auto later =
        read_number(connection, "SELECT min(cfp_seq) FROM storage_history WHERE epoch_us(updated_at) > " +
                                    std::to_string(latest_time_us));
    if (later) through = std::min(through, *later - 1);
  }
  const auto found = read_number(connection, last + "<= " + std::to_string(through));
  if (!found) return 0;
  const std::string number = std::to_string(*found);
  // A batch that goes on behind it was all or nothing.
  const auto batch = read_number(connection,
                                 "SELECT a.cfp_batch FROM storage_history AS a JOIN storage_history AS b "
                                 "ON a.cfp_batch = b.cfp_batch WHERE a.cfp_seq = " +
                                     number + " AND b.cfp_seq > " + number + " LIMIT 1");
  if (!batch) return *found;
  return read_number(connection, last + "< " + std::to_string(*batch)).value_or(0);
}

void add_rows_of_latest(const fs::path& latest, const fs::path& file, InstanceOptions options) {
  const Latest source = look_at_latest(latest, options);
  options.attachable = {latest};
  const Instance instance(file, options);
  make_private(file);
  const Connection connection = instance.connect();
  connection.run("ATTACH " + sql_text(latest.string()) + " AS source (READ_ONLY)");
  const std::string name = file.filename().string();
  const bool is_new = !has_table(connection, "storage_history");
  const model::Schema schema = is_new ? source.schema : read_schema(connection, TableKind::history, name);
  const MetaRow before = is_new ? MetaRow{} : read_meta(connection, TableKind::history, name);
  Transaction transaction(connection);
  if (is_new) create_tables(connection, "", TableKind::history, schema);
  connection.run("INSERT INTO storage_history (" + column_list(TableKind::history, schema) + ") " +
                 rows_of_latest(schema, source.schema, before.meta.watermark));
  MetaRow after;
  after.meta = count_rows(connection, "storage_history");
  after.meta.format = kFormat;
  after.meta.store_id = source.meta.store_id;
  after.meta.watermark = source.meta.watermark;
  if (is_new) {
    create_meta(connection, "", TableKind::history, after);
  } else {
    change_meta(connection, TableKind::history, before, after);
  }
  transaction.commit();
  connection.run("DETACH source");
  connection.run("CHECKPOINT");
}

}  // namespace cfp::tables::duckdb
