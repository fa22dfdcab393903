#include "tables/duckdb/columns.h"

#include <algorithm>
#include <array>
#include <vector>

#include "cfp/error.h"
#include "model/layout.h"
#include "tables/duckdb/errors.h"

namespace cfp::tables::duckdb {

namespace {

struct Definition {
  std::string_view name;
  std::string_view type;
  std::string_view rest = "";
};

constexpr std::array kSpecColumns = {
    Definition{"key", "VARCHAR", " NOT NULL"},
    Definition{"collection_name", "VARCHAR", " NOT NULL DEFAULT ''"},
    Definition{"item_name", "VARCHAR", " NOT NULL DEFAULT ''"},
    Definition{"data", "JSON"},
    Definition{"value_int", "BIGINT"},
    Definition{"value_float", "DOUBLE"},
    Definition{"value_string", "VARCHAR"},
    Definition{"timestamp", "TIMESTAMP"},
    Definition{"status", "VARCHAR"},
    Definition{"status_int", "INTEGER"},
    Definition{"username", "VARCHAR"},
    Definition{"updated_at", "TIMESTAMP"},
    Definition{"version", "INTEGER", " DEFAULT 1"},
};

constexpr std::array kHistoryColumns = {
    Definition{"cfp_seq", "UBIGINT"},        Definition{"cfp_op", "VARCHAR"},    Definition{"cfp_prev_seq", "UBIGINT"},
    Definition{"cfp_item_hash", "UBIGINT"},  Definition{"cfp_batch", "UBIGINT"}, Definition{"cfp_reason", "VARCHAR"},
    Definition{"cfp_request_id", "VARCHAR"},
};

constexpr std::array kLatestColumns = {
    Definition{"cfp_version", "INTEGER"},         Definition{"cfp_seq", "UBIGINT"},
    Definition{"cfp_first_seq", "UBIGINT"},       Definition{"cfp_key_hash", "UBIGINT"},
    Definition{"cfp_collection_hash", "UBIGINT"}, Definition{"cfp_item_hash", "UBIGINT"},
};

std::span<const Definition> own_columns(TableKind kind) {
  if (kind == TableKind::history) return kHistoryColumns;
  return kLatestColumns;
}

std::vector<Definition> all_columns(TableKind kind, const model::Schema& schema) {
  std::vector<Definition> all(kSpecColumns.begin(), kSpecColumns.end());
  for (const model::Column& column : schema) all.push_back({column.name, model::duckdb_type(column.type)});
  const std::span<const Definition> own = own_columns(kind);
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

}  // namespace

std::string column_list(TableKind kind, const model::Schema& schema) {
  std::string out;
  for (const Definition& column : all_columns(kind, schema)) {
    out.append(out.empty() ? "" : ", ").append(sql_name(column.name));
  }
  return out;
}

std::vector<std::string> visible_columns(const model::Schema& schema) {
  std::vector<std::string> names;
  names.reserve(std::size(kSpecColumns) + schema.size());
  for (const Definition& column : kSpecColumns) names.emplace_back(column.name);
  for (const model::Column& column : schema) names.push_back(column.name);
  return names;
}

std::string column_definitions(TableKind kind, const model::Schema& schema) {
  std::string out;
  for (const Definition& column : all_columns(kind, schema)) {
    out.append(out.empty() ? "" : ", ").append(sql_name(column.name)).append(" ");
    out.append(column.type).append(column.rest);
  }
  return out;
}

std::string_view deleted_columns() noexcept {
  return "\"key\", collection_name, item_name, cfp_version, cfp_seq, cfp_key_hash, cfp_collection_hash, "
         "cfp_item_hash";
}

void create_tables(const Connection& connection, std::string_view place, TableKind kind, const model::Schema& schema) {
  const bool history = kind == TableKind::history;
  connection.run("CREATE TABLE " + std::string(place) +
                 std::string(history ? model::kHistoryTable : model::kLatestTable) + " (" +
                 column_definitions(kind, schema) + ")");
  if (history) return;
  connection.run(
      "CREATE TABLE " + std::string(place) +
      "cfp_deleted (\"key\" VARCHAR NOT NULL, collection_name VARCHAR NOT NULL, item_name VARCHAR NOT NULL, "
      "cfp_version INTEGER, cfp_seq UBIGINT, cfp_key_hash UBIGINT, cfp_collection_hash UBIGINT, cfp_item_hash "
      "UBIGINT)");
}

bool has_table(const Connection& connection, std::string_view table) {
  // A look-up by name takes a hundredth of a search of the catalog, but its failure says not whether there is none.
  duckdb_table_description description = nullptr;
  const duckdb_state state =
      duckdb_table_description_create(connection.get(), "main", std::string(table).c_str(), &description);
  duckdb_table_description_destroy(&description);
  if (state == DuckDBSuccess) return true;
  Result result = connection.run(
      "SELECT count(*)::BIGINT FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' "
      "AND table_name = " +
      sql_text(table));
  return result.next().column(0).at<std::int64_t>(0) == 1;
}

model::Schema read_schema(const Connection& connection, TableKind kind, std::string_view file_name) {
  const std::string_view table = kind == TableKind::history ? model::kHistoryTable : model::kLatestTable;
  Result result = connection.run("SELECT name, type FROM pragma_table_info(" + sql_text(table) + ") ORDER BY cid");
  std::vector<std::pair<std::string, std::string>> found;
  while (const Chunk chunk = result.next()) {
    for (idx_t i = 0; i < chunk.rows(); ++i) found.emplace_back(chunk.column(0).text(i), chunk.column(1).text(i));
  }
  const auto foreign = [&](const std::string& what) {
    return CollectionFastPersistError(
        ErrorCode::foreign, std::string(file_name) + " is not a file of this library: " + what + "; move it away");
  };
  const std::span<const Definition> own = own_columns(kind);
  if (found.size() < kSpecColumns.size() + own.size()) throw foreign(std::string(table) + " lacks columns");
  const auto expect = [&](std::size_t at, const Definition& column) {
    if (found[at].first == column.name && found[at].second == column.type) return;
    throw foreign("a column of " + std::string(table) + " is " + found[at].first + " " + found[at].second +
                  " instead of " + std::string(column.name) + " " + std::string(column.type));
  };
  for (std::size_t i = 0; i < kSpecColumns.size(); ++i) expect(i, kSpecColumns[i]);
  const std::size_t extra_end = found.size() - own.size();
  for (std::size_t i = 0; i < own.size(); ++i) expect(extra_end + i, own[i]);
  model::Schema schema;
  for (std::size_t i = kSpecColumns.size(); i < extra_end; ++i) {
    const auto type = model::column_type_of_duckdb(found[i].second);
    if (!type) throw foreign("the column " + found[i].first + " has the type " + found[i].second);
    schema.push_back({found[i].first, *type});
  }
  return schema;
}

}  // namespace cfp::tables::duckdb
