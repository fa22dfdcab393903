#include "tables/duckdb/rebuild.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/hash.h"
#include "tables/duckdb/chunk_appender.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/scalar_function.h"

namespace cfp::tables::duckdb {

namespace {

constexpr std::string_view kNames = "\"key\", collection_name, item_name";

void hash_names(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const ColumnView names(duckdb_data_chunk_get_vector(input, 0));
  auto* const hashes = static_cast<std::uint64_t*>(duckdb_vector_get_data(output));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  for (idx_t i = 0; i < rows; ++i) hashes[i] = names.is_null(i) ? 0 : base::hash64(names.text(i));
}

constexpr std::array kText = {DUCKDB_TYPE_VARCHAR};

/// Makes base::hash64 known to SQL as cfp_hash64: history has no column with the hash of a key or collection alone.
void register_hash(const Connection& connection) {
  try {
    register_function(connection, {"cfp_hash64", kText, DUCKDB_TYPE_UBIGINT, &hash_names});
  } catch (const SqlError&) {
    return;  // an earlier rebuild has done it; where it is really missing, the statement says so
  }
}

/// The last record of each item, where its place in the collection begins, and its last delete (0: none).
void find_last_records(const Connection& history) {
  const std::string names(kNames);
  history.run("CREATE OR REPLACE TEMP TABLE item AS SELECT " + names +
              ", max(cfp_seq) AS last_seq, min(cfp_seq) AS first_seq, coalesce(max(cfp_seq) FILTER (WHERE cfp_op = "
              "'delete'), 0)::UBIGINT AS erased_seq FROM storage_history GROUP BY cfp_item_hash, " +
              names);
  // Items that were deleted and stored again begin anew: few, so that this join is small.
  history.run(
      "CREATE OR REPLACE TEMP TABLE again AS SELECT i.last_seq, min(h.cfp_seq) AS first_seq FROM temp.item AS i JOIN "
      "storage_history AS h USING (" +
      names + ") WHERE i.erased_seq > 0 AND h.cfp_seq > i.erased_seq GROUP BY i.last_seq");
}

/// The versions of all rows, counted anew. Where a row is counted higher than it can be (a repair carried it over from
/// latest, and some before it are lost), it keeps its number, and those before it count back from there; the restored
/// ones have version 0.
std::string counted_versions(const std::string& rows) {
  const std::string item = "PARTITION BY cfp_item_hash, " + std::string(kNames) + " ORDER BY cfp_seq";
  return "SELECT cfp_seq, previous, n + coalesce(first_value(lost IGNORE NULLS) OVER (" + item +
         " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), last_value(lost IGNORE NULLS) OVER (" + item +
         " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 0) AS n FROM (SELECT cfp_seq, cfp_item_hash, " +
         std::string(kNames) + ", row_number() OVER (" + item + ") AS n, lag(cfp_seq) OVER (" + item +
         ") AS previous, CASE WHEN \"version\" > 0 THEN greatest(\"version\" - row_number() OVER (" + item +
         "), 0) END AS lost FROM " + rows + ")";
}

}  // namespace

void copy_sorted(const Connection& latest, const model::Schema& schema, const MetaRow& meta) {
  const std::string columns = column_list(TableKind::latest, schema);
  const std::string deleted(deleted_columns());
  Transaction transaction(latest);
  create_tables(latest, "fresh.", TableKind::latest, schema);
  latest.run("INSERT INTO fresh.storage_latest (" + columns + ") SELECT " + columns +
             " FROM storage_latest ORDER BY cfp_key_hash, cfp_collection_hash, cfp_first_seq");
  latest.run("INSERT INTO fresh.cfp_deleted (" + deleted + ") SELECT " + deleted +
             " FROM cfp_deleted ORDER BY cfp_key_hash, cfp_collection_hash");
  create_meta(latest, "fresh.", TableKind::latest, meta);
  if (!same_counts(count_rows(latest, "fresh.storage_latest"), meta.meta)) {
    throw damage_error("storage_latest.duckdb", "its rows are not those that cfp_meta counts");
  }
  CFP_FAILPOINT("latest.sort.before_commit");
  transaction.commit();
}

std::uint64_t build_latest(const Connection& history, const model::Schema& schema, const Meta& history_meta) {
  register_hash(history);
  Transaction transaction(history);
  find_last_records(history);
  create_tables(history, "fresh.", TableKind::latest, schema);
  std::string values;
  for (const char* const name : {"\"key\"", "collection_name", "item_name", "\"data\"", "value_int", "value_float",
                                 "value_string", "\"timestamp\"", "status", "status_int", "username", "updated_at"}) {
    values += std::string("h.") + name + ", ";
  }
  values += "1";
  for (const model::Column& column : schema) values += ", h." + sql_name(column.name);
  history.run("INSERT INTO fresh.storage_latest (" + column_list(TableKind::latest, schema) + ") SELECT " + values +
              ", h.\"version\", h.cfp_seq, coalesce(a.first_seq, i.first_seq) AS place, cfp_hash64(h.\"key\") AS kh, "
              "cfp_hash64(h.collection_name) AS ch, h.cfp_item_hash FROM storage_history AS h JOIN temp.item AS i ON "
              "h.cfp_seq = "
              "i.last_seq LEFT JOIN temp.again AS a ON a.last_seq = i.last_seq WHERE h.cfp_op = 'store' ORDER BY kh, "
              "ch, place");
  history.run("INSERT INTO fresh.cfp_deleted (" + std::string(deleted_columns()) +
              ") SELECT h.\"key\", h.collection_name, h.item_name, h.\"version\", h.cfp_seq, cfp_hash64(h.\"key\"), "
              "cfp_hash64(h.collection_name), h.cfp_item_hash FROM storage_history AS h JOIN temp.item AS i ON "
              "h.cfp_seq = i.last_seq "
              "WHERE h.cfp_op = 'delete'");
  MetaRow row;
  row.meta = count_rows(history, "fresh.storage_latest");
  row.meta.format = kFormat;
  row.meta.store_id = history_meta.store_id;
  row.meta.watermark = history_meta.watermark;
  create_meta(history, "fresh.", TableKind::latest, row);
  CFP_FAILPOINT("rebuild.latest.before_commit");
  transaction.commit();
  history.run("DROP TABLE temp.item; DROP TABLE temp.again");
  return row.meta.rows;
}

void build_history(const Connection& history, const model::Schema& schema, const Meta& history_meta,
                   std::span<const model::Record> missing) {
  history.run("CREATE OR REPLACE TEMP TABLE restored (" + column_definitions(TableKind::history, schema) + ")");
  MetaRow row{history_meta, 0};
  {
    ChunkAppender rows(history, "temp", "restored");
    for (const model::Record& record : missing) {
      append_history_row(rows, record, 0, 0, schema);
      add_row(row.meta, record.sequence());
      row.meta.watermark = std::max(row.meta.watermark, record.sequence());
    }
    rows.close();
  }
  const std::string columns = column_list(TableKind::history, schema);
  const std::string all =
      "(SELECT " + columns + " FROM storage_history UNION ALL SELECT " + columns + " FROM temp.restored)";
  Transaction transaction(history);
  create_tables(history, "fresh.", TableKind::history, schema);
  history.run("INSERT INTO fresh.storage_history (" + columns +
              ") SELECT r.* REPLACE (v.n::INTEGER AS \"version\", v.previous AS cfp_prev_seq) FROM " + all +
              " AS r JOIN (" + counted_versions(all) + ") AS v USING (cfp_seq) ORDER BY r.cfp_seq");
  create_meta(history, "fresh.", TableKind::history, row);
  if (!same_counts(count_rows(history, "fresh.storage_history"), row.meta)) {
    throw damage_error("storage_history.duckdb", "its rows are not those that cfp_meta counts");
  }
  CFP_FAILPOINT("rebuild.history.before_commit");
  transaction.commit();
  history.run("DROP TABLE temp.restored");
}

}  // namespace cfp::tables::duckdb
