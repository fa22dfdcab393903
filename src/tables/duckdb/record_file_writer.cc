// Exporting: rows pass through a DuckDB of their own into a file, without being kept.

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>

#include "cfp/error.h"
#include "model/layout.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/memory_instance.h"
#include "tables/duckdb/row_function.h"
#include "tables/record_file.h"

namespace cfp::tables {

namespace {

using duckdb::sql_name;
using duckdb::sql_text;

constexpr std::array kOwnColumns = {"cfp_seq", "cfp_op", "cfp_reason", "cfp_request_id"};
constexpr std::string_view kDate = "date";
// DuckDB keeps a block or more of each until the end, which does not spill (seen with 1.5.6).
constexpr const char* kTooManyPartitions =
    ". Each value of partition_by takes 256 KiB of duckdb_memory_limit: raise that, or partition by something of fewer "
    "values.";

std::vector<std::string> exported_columns(const model::Schema& schema) {
  std::vector<std::string> columns = duckdb::visible_columns(schema);
  columns.insert(columns.end(), kOwnColumns.begin(), kOwnColumns.end());
  return columns;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(sql_name(name));
  return out;
}

bool is_real(const model::Schema& schema, std::string_view name) {
  return name == "value_float" || std::any_of(schema.begin(), schema.end(), [&](const model::Column& column) {
           using Type = model::ColumnType;
           return column.name == name && (column.type == Type::float64 || column.type == Type::float32);
         });
}

/// The object of a row.
std::string json_line(const std::vector<std::string>& columns, const model::Schema& schema) {
  std::string fields;
  for (const std::string& name : columns) {
    const std::string column = sql_name(name);
    fields.append(fields.empty() ? "" : ", ").append(column).append(" := ");
    if (is_real(schema, name)) {
      fields += duckdb::json_of_real(column);
    } else {
      fields += column;
    }
  }
  return "to_json(struct_pack(" + fields + "))";
}

std::string copy_statement(const RecordFile& file, const std::vector<std::string>& partition_by,
                           const model::Schema& schema) {
  const std::vector<std::string> columns = exported_columns(schema);
  std::string selected, options;
  switch (file.format) {
    case FileFormat::jsonl:
      // DuckDB's own JSON writer cannot partition. A JSON text has no control characters, so nothing is quoted.
      selected = (partition_by.empty() ? "" : list(partition_by) + ", ") + json_line(columns, schema);
      options = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', FILE_EXTENSION 'jsonl'";
      break;
    case FileFormat::csv:
      selected = "*";
      options = "FORMAT csv, HEADER true";
      break;
    case FileFormat::parquet:
      selected = "*";
      options = "FORMAT parquet";
      break;
  }
  if (!partition_by.empty()) {
    options += ", PARTITION_BY (" + list(partition_by) + ")";
    if (file.format != FileFormat::jsonl) options += ", WRITE_PARTITION_COLUMNS true";
  }
  const bool by_date = contains(partition_by, kDate) && !contains(columns, kDate);
  return "COPY (SELECT " + selected + " FROM (SELECT " + list(columns) +
         (by_date ? ", CAST(updated_at AS DATE) AS " + std::string(kDate) : "") + " FROM cfp_rows())) TO " +
         sql_text(file.path.string()) + " (" + options + ")";
}

/// Gives a chunk after the other of what a source gives in pages.
class Pages {
 public:
  Pages(const RowSource& next, const model::Schema& schema) : next_(next), schema_(schema) {}

  void fill(duckdb::ChunkWriter& rows) {
    try {
      while (rows.rows() < duckdb_vector_size()) {
        if (at_ == page_.size()) {
          if (rows.rows() > 0) return;
          page_ = next_();
          at_ = 0;
          if (page_.empty()) return;
        }
        const HistoryRecord& row = page_[at_++];
        duckdb::append_history_row(rows, row.record, row.version, row.previous_sequence, schema_);
      }
    } catch (...) {
      failure_ = std::current_exception();
      throw;
    }
  }
  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  const RowSource& next_;
  const model::Schema& schema_;
  std::vector<HistoryRecord> page_;
  std::size_t at_ = 0;
  std::exception_ptr failure_;
};

void make_private(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path)) return fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(path, fs::perms::owner_all);
  for (const auto& entry : fs::directory_iterator(path)) make_private(entry.path());
}

}  // namespace

void check_partition(const std::vector<std::string>& partition_by, const model::Schema& schema) {
  const std::vector<std::string> columns = exported_columns(schema);
  for (auto name = partition_by.begin(); name != partition_by.end(); ++name) {
    const bool is_known = *name == kDate || contains(columns, *name);
    if (is_known && std::find(partition_by.begin(), name, *name) == name) continue;
    throw CollectionFastPersistError(
        ErrorCode::invalid_argument,
        "partition_by: " + *name +
            (is_known ? " is there twice." : " is no exported column. There are: date, " + list(columns)));
  }
}

void write_record_file(const RecordFile& file, const std::vector<std::string>& partition_by,
                       const model::Schema& schema, const RowSource& next) {
  Pages pages(next, schema);
  try {
    const duckdb::MemoryInstance instance({file.memory_limit_bytes, file.spill_directory, {file.path.string()}});
    const duckdb::Connection connection = instance.connect();
    duckdb::create_tables(connection, "", duckdb::TableKind::history, schema);  // for the types of its columns
    duckdb::register_rows(connection, model::kHistoryTable.data(),
                          [&](duckdb::ChunkWriter& rows) { pages.fill(rows); });
    connection.run(copy_statement(file, partition_by, schema));
    make_private(file.path);
  } catch (const duckdb::SqlError& error) {
    pages.rethrow_failure();
    CollectionFastPersistError told = duckdb::operation_error("the export", error);
    if (partition_by.empty() || error.type() != DUCKDB_ERROR_OUT_OF_MEMORY) throw told;
    throw CollectionFastPersistError(told.code(), std::string(told.what()) + kTooManyPartitions);
  } catch (const std::filesystem::filesystem_error& error) {
    throw CollectionFastPersistError(ErrorCode::io,
                                     "the export cannot be kept from other users: " + error.code().message());
  }
}

}  // namespace cfp::tables
