#include "tables/duckdb/statement_guard.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <vector>

#include "base/json.h"
#include "cfp/error.h"

namespace cfp::tables::duckdb {

namespace {

/// Table functions that only compute, or describe the database. Sorted.
constexpr std::array<std::string_view, 31> kHarmless = {
    "duckdb_columns",
    "duckdb_constraints",
    "duckdb_databases",
    "duckdb_dependencies",
    "duckdb_extensions",
    "duckdb_functions",
    "duckdb_indexes",
    "duckdb_keywords",
    "duckdb_memory",
    "duckdb_optimizers",
    "duckdb_schemas",
    "duckdb_sequences",
    "duckdb_settings",
    "duckdb_table_sample",
    "duckdb_tables",
    "duckdb_temporary_files",
    "duckdb_types",
    "duckdb_views",
    "generate_series",
    "generate_subscripts",
    "json_each",
    "json_tree",
    "pragma_collations",
    "pragma_database_size",
    "pragma_show",
    "pragma_storage_info",
    "pragma_table_info",
    "pragma_version",
    "range",
    "repeat",
    "unnest",
};

/// Scalar functions with an effect outside the query.
constexpr std::array<std::string_view, 4> kHarmful = {"nextval", "setseed", "sleep_ms", "write_log"};

[[noreturn]] void refuse(const std::string& what) {
  throw CollectionFastPersistError(ErrorCode::sql, what + "; this connection takes one SELECT or EXPLAIN at a time");
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// Walks DuckDB's parse tree as JSON and collects what a statement calls and reads.
class ParseTree final : public json::Visitor {
 public:
  void null() override { take({}); }
  void boolean(bool value) override {
    if (!nodes_.empty() && nodes_.size() == 1 && nodes_.back().field == "error") failed_ = value;
    take({});
  }
  void integer(std::int64_t) override { take({}); }
  void unsigned_integer(std::uint64_t) override { take({}); }
  void real(double) override { take({}); }
  void string(std::string_view value) override { take(value); }
  void begin_object() override { nodes_.emplace_back(); }
  void field(std::string_view name) override { nodes_.back().field = name; }
  void end_object() override {
    const Node node = std::move(nodes_.back());
    nodes_.pop_back();
    if (node.type == "TABLE_FUNCTION" && !std::binary_search(kHarmless.begin(), kHarmless.end(), node.called)) {
      refuse("the table function " + (node.called.empty() ? "in the statement" : node.called) + " is not allowed");
    }
    if (node.type == "BASE_TABLE" && node.table.find('/') != std::string::npos) refuse("files cannot be read");
    // The function of a table function is its field "function".
    if (!nodes_.empty() && nodes_.back().field == "function") nodes_.back().called = node.function;
    if (!nodes_.empty()) nodes_.back().field.clear();
  }
  void begin_array() override { nodes_.emplace_back(); }
  void end_array() override { nodes_.pop_back(); }

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

 private:
  struct Node {
    std::string field, type, function, called, table;
  };
  void take(std::string_view value) {
    if (nodes_.empty()) return;
    Node& node = nodes_.back();
    if (node.field == "type") node.type = value;
    if (node.field == "table_name") node.table = value;
    if (node.field == "error_message" && nodes_.size() == 1) message_ = value;
    if (node.field == "function_name") {
      node.function = lower(value);
      if (std::find(kHarmful.begin(), kHarmful.end(), node.function) != kHarmful.end()) {
        refuse("the function " + node.function + " is not allowed");
      }
    }
  }

  std::vector<Node> nodes_;
  bool failed_ = false;
  std::string message_;
};

/// The position behind white space and comments from `at` on.
std::size_t skip_blank(std::string_view sql, std::size_t at) {
  while (at < sql.size()) {
    if (std::isspace(static_cast<unsigned char>(sql[at])) != 0) {
      ++at;
    } else if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at, 2) == "/*") {
      const std::size_t end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else {
      break;
    }
  }
  return at;
}

/// The statement behind EXPLAIN [ANALYZE] or EXPLAIN (ANALYZE, FORMAT x).
std::string without_explain(const std::string& sql) {
  static const std::regex options(R"(^\(\s*(analyze|format\s+\w+)(\s*,\s*(analyze|format\s+\w+))*\s*\))",
                                  std::regex::icase);
  std::size_t at = skip_blank(sql, 0);
  const auto skip_word = [&](std::string_view word) {
    if (lower(std::string_view(sql).substr(at, word.size())) != word) return false;
    at = skip_blank(sql, at + word.size());
    return true;
  };
  if (!skip_word("explain")) refuse("the statement cannot be checked");
  std::smatch match;
  if (!skip_word("analyze") &&
      std::regex_search(sql.cbegin() + static_cast<std::ptrdiff_t>(at), sql.cend(), match, options)) {
    at = skip_blank(sql, at + static_cast<std::size_t>(match.length()));
  }
  return sql.substr(at);
}

/// The type of the only statement in `sql`.
duckdb_statement_type only_statement(const Connection& connection, const std::string& sql) {
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_extract_statements(connection.get(), sql.c_str(), &statements);
  const std::unique_ptr<duckdb_extracted_statements, void (*)(duckdb_extracted_statements*)> owner(
      &statements, duckdb_destroy_extracted);
  if (count == 0) {
    const char* const message = duckdb_extract_statements_error(statements);
    refuse(message == nullptr || *message == '\0' ? "there is no statement" : message);
  }
  if (count > 1) refuse("there is more than one statement");
  duckdb_prepared_statement prepared = nullptr;
  const duckdb_state state = duckdb_prepare_extracted_statement(connection.get(), statements, 0, &prepared);
  const std::unique_ptr<duckdb_prepared_statement, void (*)(duckdb_prepared_statement*)> prepared_owner(
      &prepared, duckdb_destroy_prepare);
  if (state != DuckDBSuccess) {
    const char* const message = duckdb_prepare_error(prepared);
    throw CollectionFastPersistError(ErrorCode::sql, message == nullptr ? "the statement fails" : message);
  }
  return duckdb_prepared_statement_type(prepared);
}

/// DuckDB's parse of `sql` as JSON.
std::string parse_of(const Connection& connection, std::string_view sql) {
  Statement serialize(connection, "SELECT json_serialize_sql($1::VARCHAR)");
  serialize.bind(1, sql);
  Result result = serialize.execute();
  const Chunk row = result.next();
  return std::string(row.column(0).text(0));
}

}  // namespace

void check_statement(const Connection& connection, const std::string& sql) {
  constexpr int kDeepestTree = 1000;
  if (sql.find('\0') != std::string::npos) refuse("the statement contains a NUL byte");
  const duckdb_statement_type type = only_statement(connection, sql);
  if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
    refuse("the statement is not allowed");
  }
  ParseTree tree;
  try {
    json::walk(parse_of(connection, type == DUCKDB_STATEMENT_TYPE_EXPLAIN ? without_explain(sql) : sql), tree,
               kDeepestTree);
  } catch (const json::Error& error) {
    refuse(std::string("the statement cannot be checked: ") + error.what());
  }
  if (tree.failed()) refuse("the statement cannot be checked: " + tree.message());
}

std::string without_end(const Connection& connection, const std::string& sql) {
  if (sql.find(';') == std::string::npos) return sql;
  const std::string parse = parse_of(connection, sql);
  std::string out = sql;
  // A semicolon may be a part of a text or of a comment: it ends the statement where cutting changes nothing.
  for (std::size_t at = sql.rfind(';'); at != std::string::npos && at > 0; at = sql.rfind(';', at - 1)) {
    std::string before = sql.substr(0, at);
    if (parse_of(connection, before) == parse) out = std::move(before);
  }
  return out;
}

}  // namespace cfp::tables::duckdb
