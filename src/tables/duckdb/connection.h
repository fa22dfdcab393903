#pragma once

// DuckDB's C API with owners: what is made here is released by its destructor, and every failure is an exception.

#include <duckdb.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "cfp/data.h"
#include "tables/duckdb/chunk.h"

namespace cfp::tables::duckdb {

/// A statement that DuckDB refused. Does not leave this directory: see errors.h.
class SqlError : public std::runtime_error {
 public:
  SqlError(duckdb_error_type type, const std::string& message) : std::runtime_error(message), type_(type) {}
  [[nodiscard]] duckdb_error_type type() const noexcept { return type_; }

 private:
  duckdb_error_type type_;
};

/// A materialised result: it needs no connection any more.
class Result {
 public:
  /// Takes over `result`; throws SqlError when it holds an error.
  Result(duckdb_state state, const duckdb_result& result);
  Result(Result&& other) noexcept : result_(std::exchange(other.result_, {})) {}
  Result& operator=(Result&& other) noexcept { return std::swap(result_, other.result_), *this; }
  ~Result() { duckdb_destroy_result(&result_); }

  [[nodiscard]] idx_t columns() { return duckdb_column_count(&result_); }
  [[nodiscard]] std::string name(idx_t i) { return duckdb_column_name(&result_, i); }
  [[nodiscard]] duckdb_type type(idx_t i) { return duckdb_column_type(&result_, i); }
  /// For the caller to destroy.
  [[nodiscard]] duckdb_logical_type logical_type(idx_t i) { return duckdb_column_logical_type(&result_, i); }
  /// DuckDB's name of the type, as in SQL.
  [[nodiscard]] std::string type_name(idx_t i);
  [[nodiscard]] std::uint64_t rows_changed() { return duckdb_rows_changed(&result_); }
  [[nodiscard]] Chunk next() { return Chunk(duckdb_fetch_chunk(result_)); }

 private:
  duckdb_result result_;
};

class Connection;

/// A prepared statement. Parameters count from 1.
class Statement {
 public:
  Statement(const Connection& connection, const std::string& sql);
  void bind(idx_t i, std::uint64_t value) { check(duckdb_bind_uint64(get(), i, value)); }
  void bind(idx_t i, std::string_view text) { check(duckdb_bind_varchar_length(get(), i, text.data(), text.size())); }
  void bind(idx_t i, const Value& value);
  [[nodiscard]] duckdb_statement_type type() const { return duckdb_prepared_statement_type(get()); }
  [[nodiscard]] idx_t parameters() const { return duckdb_nparams(get()); }
  [[nodiscard]] std::string column_name(idx_t i) const;
  [[nodiscard]] Result execute();

 private:
  [[nodiscard]] duckdb_prepared_statement get() const { return statement_.get(); }
  static void check(duckdb_state state);
  struct Destroy {
    void operator()(duckdb_prepared_statement statement) const { duckdb_destroy_prepare(&statement); }
  };
  std::unique_ptr<std::remove_pointer_t<duckdb_prepared_statement>, Destroy> statement_;
};

/// Threads: one at a time.
class Connection {
 public:
  explicit Connection(duckdb_database database);
  /// Runs SQL of ours; the result of its last statement.
  Result run(const std::string& sql) const;
  [[nodiscard]] duckdb_connection get() const noexcept { return connection_.get(); }

 private:
  struct Disconnect {
    void operator()(duckdb_connection connection) const { duckdb_disconnect(&connection); }
  };
  std::unique_ptr<std::remove_pointer_t<duckdb_connection>, Disconnect> connection_;
};

/// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(const Connection& connection, const char* begin = "BEGIN TRANSACTION")
      : connection_(connection) {
    connection_.run(begin);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  const Connection& connection_;
  bool open_ = true;
};

/// `'text'`, with quotes doubled.
std::string sql_text(std::string_view text);
/// `"name"`, with quotes doubled.
std::string sql_name(std::string_view name);
/// The JSON value of a FLOAT or DOUBLE column of that quoted name. JSON has no NaN and no infinities: they are texts
/// there.
std::string json_of_real(const std::string& column);

}  // namespace cfp::tables::duckdb
