#include "tables/duckdb/connection.h"

#include <array>

namespace cfp::tables::duckdb {

namespace {

struct LogicalType {
  explicit LogicalType(duckdb_logical_type type) : value(type) {}
  LogicalType(const LogicalType&) = delete;
  LogicalType& operator=(const LogicalType&) = delete;
  ~LogicalType() { duckdb_destroy_logical_type(&value); }
  duckdb_logical_type value;
};

struct NamedType {
  duckdb_type type;
  const char* name;
};

constexpr std::array kPlainTypes = {
    NamedType{DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    NamedType{DUCKDB_TYPE_TINYINT, "TINYINT"},
    NamedType{DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    NamedType{DUCKDB_TYPE_INTEGER, "INTEGER"},
    NamedType{DUCKDB_TYPE_BIGINT, "BIGINT"},
    NamedType{DUCKDB_TYPE_UTINYINT, "UTINYINT"},
    NamedType{DUCKDB_TYPE_USMALLINT, "USMALLINT"},
    NamedType{DUCKDB_TYPE_UINTEGER, "UINTEGER"},
    NamedType{DUCKDB_TYPE_UBIGINT, "UBIGINT"},
    NamedType{DUCKDB_TYPE_HUGEINT, "HUGEINT"},
    NamedType{DUCKDB_TYPE_UHUGEINT, "UHUGEINT"},
    NamedType{DUCKDB_TYPE_FLOAT, "FLOAT"},
    NamedType{DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    NamedType{DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
    NamedType{DUCKDB_TYPE_TIMESTAMP_S, "TIMESTAMP_S"},
    NamedType{DUCKDB_TYPE_TIMESTAMP_MS, "TIMESTAMP_MS"},
    NamedType{DUCKDB_TYPE_TIMESTAMP_NS, "TIMESTAMP_NS"},
    NamedType{DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"},
    NamedType{DUCKDB_TYPE_DATE, "DATE"},
    NamedType{DUCKDB_TYPE_TIME, "TIME"},
    NamedType{DUCKDB_TYPE_TIME_TZ, "TIME WITH TIME ZONE"},
    NamedType{DUCKDB_TYPE_INTERVAL, "INTERVAL"},
    NamedType{DUCKDB_TYPE_VARCHAR, "VARCHAR"},
    NamedType{DUCKDB_TYPE_BLOB, "BLOB"},
    NamedType{DUCKDB_TYPE_UUID, "UUID"},
    NamedType{DUCKDB_TYPE_BIT, "BIT"},
    NamedType{DUCKDB_TYPE_ENUM, "ENUM"},
    NamedType{DUCKDB_TYPE_MAP, "MAP"},
    NamedType{DUCKDB_TYPE_UNION, "UNION"},
    NamedType{DUCKDB_TYPE_SQLNULL, "\"NULL\""},
};

std::string name_of(duckdb_logical_type type);

std::string name_of_struct(duckdb_logical_type type) {
  std::string out = "STRUCT(";
  for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
    const std::unique_ptr<char, void (*)(void*)> name(duckdb_struct_type_child_name(type, i), duckdb_free);
    const LogicalType child(duckdb_struct_type_child_type(type, i));
    out += (i == 0 ? "" : ", ") + sql_name(name.get()) + " " + name_of(child.value);
  }
  return out + ")";
}

std::string name_of(duckdb_logical_type type) {
  const std::unique_ptr<char, void (*)(void*)> alias(duckdb_logical_type_get_alias(type), duckdb_free);
  if (alias) return alias.get();
  const duckdb_type id = duckdb_get_type_id(type);
  if (id == DUCKDB_TYPE_DECIMAL) {
    return "DECIMAL(" + std::to_string(duckdb_decimal_width(type)) + "," + std::to_string(duckdb_decimal_scale(type)) +
           ")";
  }
  if (id == DUCKDB_TYPE_LIST) return name_of(LogicalType(duckdb_list_type_child_type(type)).value) + "[]";
  if (id == DUCKDB_TYPE_ARRAY) {
    return name_of(LogicalType(duckdb_array_type_child_type(type)).value) + "[" +
           std::to_string(duckdb_array_type_array_size(type)) + "]";
  }
  if (id == DUCKDB_TYPE_STRUCT) return name_of_struct(type);
  for (const NamedType& plain : kPlainTypes) {
    if (plain.type == id) return plain.name;
  }
  return "UNKNOWN";
}

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) out.append(c == quote ? 2 : 1, c);
  return out += quote;
}

}  // namespace

Result::Result(duckdb_state state, const duckdb_result& result) : result_(result) {
  if (state == DuckDBSuccess) return;
  const char* const message = duckdb_result_error(&result_);
  const SqlError error(duckdb_result_error_type(&result_), message == nullptr ? "unknown error" : message);
  duckdb_destroy_result(&result_);
  throw error;
}

std::string Result::type_name(idx_t i) { return name_of(LogicalType(duckdb_column_logical_type(&result_, i)).value); }

Statement::Statement(const Connection& connection, const std::string& sql) {
  duckdb_prepared_statement statement = nullptr;
  const duckdb_state state = duckdb_prepare(connection.get(), sql.c_str(), &statement);
  statement_.reset(statement);
  if (state == DuckDBSuccess) return;
  const char* const message = duckdb_prepare_error(statement);
  throw SqlError(DUCKDB_ERROR_INVALID, message == nullptr ? "unknown error" : message);
}

void Statement::check(duckdb_state state) {
  if (state != DuckDBSuccess) throw SqlError(DUCKDB_ERROR_INVALID_INPUT, "a parameter does not fit the statement");
}

void Statement::bind(idx_t i, const Value& value) {
  struct Binder {
    duckdb_prepared_statement statement;
    idx_t i;
    duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, i); }
    duckdb_state operator()(bool v) const { return duckdb_bind_boolean(statement, i, v); }
    duckdb_state operator()(std::int64_t v) const { return duckdb_bind_int64(statement, i, v); }
    duckdb_state operator()(double v) const { return duckdb_bind_double(statement, i, v); }
    duckdb_state operator()(const std::string& v) const {
      return duckdb_bind_varchar_length(statement, i, v.data(), v.size());
    }
  };
  check(std::visit(Binder{get(), i}, value));
}

std::string Statement::column_name(idx_t i) const {
  const char* const name = duckdb_prepared_statement_column_name(get(), i);
  std::string out = name == nullptr ? "" : name;
  duckdb_free(const_cast<char*>(name));  // NOLINT: DuckDB's declaration says const of what the caller frees
  return out;
}

Result Statement::execute() {
  duckdb_result result;
  const duckdb_state state = duckdb_execute_prepared(get(), &result);
  return {state, result};
}

Connection::Connection(duckdb_database database) {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database, &connection) != DuckDBSuccess) {
    throw SqlError(DUCKDB_ERROR_CONNECTION, "cannot connect");
  }
  connection_.reset(connection);
}

Result Connection::run(const std::string& sql) const {
  duckdb_result result;
  const duckdb_state state = duckdb_query(connection_.get(), sql.c_str(), &result);
  return {state, result};
}

Transaction::~Transaction() {
  if (!open_) return;
  duckdb_result result;
  duckdb_query(connection_.get(), "ROLLBACK", &result);
  duckdb_destroy_result(&result);
}

void Transaction::commit() {
  open_ = false;  // also when it fails: DuckDB has then rolled back, or the outcome is unknown
  connection_.run("COMMIT");
}

std::string sql_text(std::string_view text) { return quoted(text, '\''); }
std::string sql_name(std::string_view name) { return quoted(name, '"'); }

std::string json_of_real(const std::string& column) {
  return "CASE WHEN isfinite(" + column + ") THEN to_json(" + column + ") ELSE to_json(" + column + "::VARCHAR) END";
}

}  // namespace cfp::tables::duckdb
