#include "tables/duckdb/row_function.h"

#include <memory>
#include <string>
#include <vector>

namespace cfp::tables::duckdb {

namespace {

struct Column {
  std::string name;
  std::shared_ptr<std::remove_pointer_t<duckdb_logical_type>> type;
};

struct Rows {
  std::vector<Column> columns;
  FillChunk fill;
};

Rows& rows_of(void* extra_info) { return *static_cast<Rows*>(extra_info); }

void name_columns(duckdb_bind_info info) {
  for (const Column& column : rows_of(duckdb_bind_get_extra_info(info)).columns) {
    duckdb_bind_add_result_column(info, column.name.c_str(), column.type.get());
  }
}

void begin(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }

void fill(duckdb_function_info info, duckdb_data_chunk output) {
  try {
    ChunkWriter rows(output);
    rows_of(duckdb_function_get_extra_info(info)).fill(rows);
    duckdb_data_chunk_set_size(output, rows.rows());
  } catch (...) {  // must not pass through DuckDB
    duckdb_function_set_error(info, "the rows end early");
  }
}

std::vector<Column> columns_of(const Connection& connection, const std::string& table) {
  Result result = connection.run("SELECT * FROM " + table + " LIMIT 0");
  std::vector<Column> columns;
  for (idx_t i = 0; i < result.columns(); ++i) {
    columns.push_back({result.name(i),
                       {result.logical_type(i), [](duckdb_logical_type type) { duckdb_destroy_logical_type(&type); }}});
  }
  return columns;
}

}  // namespace

void register_rows(const Connection& connection, const char* table, FillChunk fill_chunk) {
  auto rows = std::make_unique<Rows>(Rows{columns_of(connection, table), std::move(fill_chunk)});
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, "cfp_rows");
  duckdb_table_function_set_extra_info(
      function, rows.release(), [](void* extra) { const std::unique_ptr<Rows> owner(static_cast<Rows*>(extra)); });
  duckdb_table_function_set_bind(function, &name_columns);
  duckdb_table_function_set_init(function, &begin);
  duckdb_table_function_set_function(function, &fill);
  const duckdb_state outcome = duckdb_register_table_function(connection.get(), function);
  duckdb_destroy_table_function(&function);
  if (outcome != DuckDBSuccess) throw SqlError(DUCKDB_ERROR_CATALOG, "cannot register cfp_rows");
}

}  // namespace cfp::tables::duckdb
