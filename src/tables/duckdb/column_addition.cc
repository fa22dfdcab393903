#include "tables/duckdb/column_addition.h"

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <string>

#include "base/failpoint.h"
#include "model/encoder.h"
#include "tables/duckdb/chunk.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/custom_cell.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"
#include "tables/duckdb/scalar_function.h"
#include "tables/duckdb/table_file.h"

namespace cfp::tables::duckdb {

namespace {

/// One cell of a function's result.
class ResultCell {
 public:
  ResultCell(duckdb_vector vector, idx_t row) : vector_(vector), row_(row) {}
  void null() const {
    duckdb_vector_ensure_validity_writable(vector_);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector_), row_);
  }
  void text(std::string_view value) const {
    duckdb_vector_assign_string_element_len(vector_, row_, value.data(), value.size());
  }
  template <typename T>
  CFP_IN_FOREIGN_MEMORY void number(T value) const {
    static_cast<T*>(duckdb_vector_get_data(vector_))[row_] = value;
  }

 private:
  duckdb_vector vector_;
  idx_t row_;
};

/// A column that is added, as the state of the function that fills it.
struct AddedColumn {
  model::Column column;
  std::shared_ptr<std::atomic<std::uint64_t>> unfit;
};

void fill(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& added = *static_cast<const AddedColumn*>(state_of(info));
  const ColumnView data(duckdb_data_chunk_get_vector(input, 0));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  try {
    for (idx_t i = 0; i < rows; ++i) {
      const ResultCell cell(output, i);
      const auto value = data.is_null(i) ? model::ColumnValue() : model::project_field(data.text(i), added.column);
      if (!value) ++*added.unfit;
      write_custom_cell(cell, value.value_or(model::ColumnValue()), added.column.type);
    }
  } catch (const std::exception& error) {
    duckdb_scalar_function_set_error(info, error.what());
  }
}

/// DuckDB's type of a column, by its name in SQL.
duckdb_type type_of(const Connection& connection, model::ColumnType type) {
  return connection.run("SELECT NULL::" + std::string(model::duckdb_type(type))).type(0);
}

/// From history: the same rows in the database `fresh`, with the columns of `widened` behind those of `schema`.
std::uint64_t copy_with_columns(const Connection& history, const model::Schema& schema, const model::Schema& widened,
                                const MetaRow& meta) {
  static constexpr std::array kText = {DUCKDB_TYPE_VARCHAR};
  const auto unfit = std::make_shared<std::atomic<std::uint64_t>>(0);
  const std::string columns = column_list(TableKind::history, schema);
  std::string names, values;
  for (std::size_t i = schema.size(); i < widened.size(); ++i) {
    const std::string function = "cfp_column_" + std::to_string(i);
    register_function(history, {function.c_str(), kText, type_of(history, widened[i].type), &fill},
                      std::make_shared<AddedColumn>(AddedColumn{widened[i], unfit}));
    names += ", " + sql_name(widened[i].name);
    // A delete has no fields.
    values += ", CASE WHEN cfp_op = 'store' THEN " + function + "(\"data\"::VARCHAR) END";
  }
  Transaction transaction(history);
  create_tables(history, "fresh.", TableKind::history, widened);
  history.run("INSERT INTO fresh.storage_history (" + columns + names + ") SELECT " + columns + values +
              " FROM storage_history ORDER BY cfp_seq");
  create_meta(history, "fresh.", TableKind::history, meta);
  if (!same_counts(count_rows(history, "fresh.storage_history"), meta.meta)) {
    throw damage_error("storage_history.duckdb", "its rows are not those that cfp_meta counts");
  }
  CFP_FAILPOINT("columns.before_commit");
  transaction.commit();
  return *unfit;
}

}  // namespace

std::uint64_t add_columns(const std::filesystem::path& history, const InstanceOptions& options,
                          const model::Schema& configured) {
  const std::string name = history.filename().string();
  std::uint64_t unfit = 0;
  translated(name, [&] {
    const TableFile opened = open_table_file(TableKind::history, history, options, "");
    const model::Schema widened = model::widened_schema(configured, opened.schema);
    opened.live->checkpoint();
    FreshDatabase fresh(opened.live->writer(), history);
    unfit = copy_with_columns(opened.live->writer(), opened.schema, widened, opened.meta);
    opened.live->without_readers([&] { fresh.detach(); });
  });
  CFP_FAILPOINT("columns.built");
  remove_logs(replacement_of(history));
  remove_logs(history);
  put_in_place(history);
  CFP_FAILPOINT("columns.done");
  return unfit;
}

}  // namespace cfp::tables::duckdb
