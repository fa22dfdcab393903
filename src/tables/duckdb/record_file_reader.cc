// Importing: a DuckDB of its own reads the file, whatever the format, and gives each row as a JSON object.

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>

#include "cfp/error.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/memory_instance.h"
#include "tables/duckdb/scalar_function.h"
#include "tables/record_file.h"

namespace cfp::tables {

namespace {

using duckdb::sql_text;

/// The longest record of a store, twice, since each quote in CSV is two.
constexpr std::string_view kLongestRow = "134217728";
constexpr std::string_view kSequence = "cfp_seq";

/// DuckDB takes a path as a pattern.
std::string literal(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      out.append("[").append(1, c).append("]");
    } else {
      out += c;
    }
  }
  return out;
}

std::string_view ending_of(FileFormat format) {
  switch (format) {
    case FileFormat::jsonl:
      return "jsonl";
    case FileFormat::csv:
      return "csv";
    case FileFormat::parquet:
      break;
  }
  return "parquet";
}

std::string rows_of(const RecordFile& file, bool is_directory) {
  std::string pattern = literal(file.path.string());
  if (is_directory) pattern.append("/**/*.").append(ending_of(file.format));
  const std::string path = sql_text(pattern);
  switch (file.format) {
    case FileFormat::jsonl:
      return "read_ndjson_objects(" + path + ", maximum_object_size = " + std::string(kLongestRow) + ")";
    case FileFormat::csv:
      // Nothing of it is guessed: a row that does not fit must be an error, not a comment or what comes before a
      // header.
      return "read_csv(" + path +
             R"(, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', nullstr = '', skip = 0, )"
             "comment = '', allow_quoted_nulls = false, ignore_errors = false, null_padding = false, strict_mode = "
             "true, "
             "hive_partitioning = false, union_by_name = " +
             (is_directory ? "true" : "false") + ", max_line_size = " + std::string(kLongestRow) +
             ", buffer_size = " + std::string(kLongestRow) + ")";
    case FileFormat::parquet:
      break;
  }
  return "read_parquet(" + path + ", hive_partitioning = false, union_by_name = true)";
}

struct Shape {
  std::string selected;        ///< All columns; real ones as JSON, which has no NaN and no infinities: texts there.
  bool has_sequences = false;  ///< It is an export's.
};

Shape shape_of(const duckdb::Connection& connection, const std::string& rows) {
  Shape shape;
  std::string reals;
  duckdb::Result result = connection.run("SELECT * FROM " + rows + " LIMIT 0");
  for (idx_t i = 0; i < result.columns(); ++i) {
    if (result.name(i) == kSequence) shape.has_sequences = true;
    if (result.type(i) != DUCKDB_TYPE_DOUBLE && result.type(i) != DUCKDB_TYPE_FLOAT) continue;
    const std::string name = duckdb::sql_name(result.name(i));
    reals.append(reals.empty() ? "" : ", ").append(duckdb::json_of_real(name)).append(" AS ").append(name);
  }
  shape.selected = reals.empty() ? "*" : "* REPLACE (" + reals + ")";
  return shape;
}

std::string statement(const duckdb::Connection& connection, const RecordFile& file) {
  const bool is_directory = std::filesystem::is_directory(file.path);
  const std::string rows = rows_of(file, is_directory);
  std::string lines, sequence;
  if (file.format == FileFormat::jsonl) {
    lines = "SELECT json::VARCHAR AS line FROM " + rows;
    sequence = "json->>'" + std::string(kSequence) + "'";
  } else {
    const Shape shape = shape_of(connection, rows);
    lines = "SELECT to_json(r)::VARCHAR AS line FROM (SELECT " + shape.selected + " FROM " + rows + ") AS r";
    if (shape.has_sequences) sequence = kSequence;
  }
  if (!is_directory || sequence.empty()) return "SELECT cfp_take(line) FROM (" + lines + ")";
  return "WITH sorted AS MATERIALIZED (" + lines + " ORDER BY TRY_CAST(" + sequence +
         " AS UBIGINT)) SELECT cfp_take(line) FROM sorted";
}

struct Taking {
  const RowSink* sink;
  std::exception_ptr failure;
};

void take(duckdb_function_info info, duckdb_data_chunk rows, duckdb_vector output) {
  auto& taking = *static_cast<Taking*>(duckdb::state_of(info));
  const duckdb::ColumnView lines(duckdb_data_chunk_get_vector(rows, 0));
  auto* const out = static_cast<bool*>(duckdb_vector_get_data(output));
  try {
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(rows); ++i) {
      out[i] = true;
      (*taking.sink)(lines.is_null(i) ? "{}" : lines.text(i));
    }
  } catch (...) {  // must not pass through DuckDB
    taking.failure = std::current_exception();
    duckdb_scalar_function_set_error(info, "the import was ended");
  }
}

}  // namespace

void read_record_file(const RecordFile& file, const RowSink& sink) {
  const auto taking = std::make_shared<Taking>(Taking{&sink, nullptr});
  try {
    const duckdb::MemoryInstance instance(
        {file.memory_limit_bytes, file.spill_directory, {file.path.string(), literal(file.path.string())}});
    const duckdb::Connection connection = instance.connect();
    constexpr std::array kParameters = {DUCKDB_TYPE_VARCHAR};
    duckdb::register_function(connection, {"cfp_take", kParameters, DUCKDB_TYPE_BOOLEAN, &take, true}, taking);
    connection.run(statement(connection, file));
  } catch (const duckdb::SqlError& error) {
    if (taking->failure) std::rethrow_exception(taking->failure);
    const CollectionFastPersistError told = duckdb::operation_error(file.path.filename().string(), error);
    const bool is_of_the_disk = told.code() == ErrorCode::disk_full || told.code() == ErrorCode::permission;
    throw CollectionFastPersistError(is_of_the_disk ? told.code() : ErrorCode::invalid_argument, told.what());
  }
}

}  // namespace cfp::tables
