#include "tables/duckdb/read_only_query.h"

#include <utility>

#include "cfp/error.h"
#include "tables/duckdb/arrow_export.h"
#include "tables/duckdb/cell_reader.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/deadline.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/statement_guard.h"
#include "tables/query_source.h"

namespace cfp::tables::duckdb {

namespace {

std::shared_ptr<LiveFile> still_open(const std::weak_ptr<LiveFile>& file) {
  std::shared_ptr<LiveFile> open = file.lock();
  if (!open || open->is_closed()) {
    throw CollectionFastPersistError(ErrorCode::closed, "the store was closed; open it again and ask its connection");
  }
  return open;
}

/// Errors of DuckDB as callers see them.
template <class Work>
auto told(const Work& work) {
  try {
    return work();
  } catch (const SqlError& error) {
    const ErrorCode code = code_of(error.what());
    const bool of_the_disk = code == ErrorCode::corrupt || code == ErrorCode::disk_full;
    throw CollectionFastPersistError(of_the_disk ? code : ErrorCode::sql, error.what());
  }
}

std::vector<std::string> names_of(const std::vector<ColumnDescription>& description) {
  std::vector<std::string> names;
  names.reserve(description.size());
  for (const ColumnDescription& column : description) names.push_back(column.name);
  return names;
}

/// The rows of a materialised result, so that it holds up nothing while the caller fetches. Columns that have no place
/// in Cell have their text in further columns, in their order.
class MaterialisedRows final : public QueryResult::Source {
 public:
  MaterialisedRows(std::weak_ptr<LiveFile> file, std::vector<ColumnDescription> description, Result result,
                   const std::optional<std::uint64_t>& row_limit)
      : file_(std::move(file)),
        rows_left_(row_limit.value_or(UINT64_MAX)),
        row_limit_(rows_left_),
        description_(std::move(description)),
        result_(std::move(result)),
        arrow_(result_, names_of(description_)) {
    idx_t text = description_.size();
    for (idx_t i = 0; i < description_.size(); ++i) cells_.push_back(is_cell_type(result_.type(i)) ? i : text++);
    for (const idx_t cell : cells_) types_.push_back(result_.type(cell));
    advance();
  }

  [[nodiscard]] const std::vector<ColumnDescription>& description() const override { return description_; }

  std::optional<Row> next() override {
    still_open(file_);
    if (!chunk_) return std::nullopt;
    take(1);
    Row row;
    row.reserve(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) row.push_back(read_cell(columns_[i], types_[i], row_));
    if (++row_ == chunk_.rows()) advance();
    return row;
  }

  void write_schema(ArrowSchema& out) override {
    const std::shared_ptr<LiveFile> file = still_open(file_);
    const LiveFile::Lease lease = file->lease();
    told([&] { arrow_.write_schema(lease->connection(), out); });
  }

  bool next_batch(ArrowArray& out) override {
    const std::shared_ptr<LiveFile> file = still_open(file_);
    if (!chunk_) return false;
    take(chunk_.rows() - row_);
    const LiveFile::Lease lease = file->lease();
    told([&] { arrow_.write_batch(lease->connection(), chunk_, row_, out); });
    advance();
    return true;
  }

 private:
  void take(std::uint64_t rows) {
    if (rows > rows_left_) {
      throw CollectionFastPersistError(ErrorCode::sql, "the query gives more than " + std::to_string(row_limit_) +
                                                           " rows; narrow it, or raise row_limit");
    }
    rows_left_ -= rows;
  }
  void advance() {
    chunk_ = result_.next();
    columns_.clear();
    row_ = 0;
    if (!chunk_) return;
    for (const idx_t cell : cells_) columns_.push_back(chunk_.column(cell));
  }

  std::weak_ptr<LiveFile> file_;
  std::uint64_t rows_left_;
  const std::uint64_t row_limit_;
  std::vector<ColumnDescription> description_;
  Result result_;
  ArrowExport arrow_;
  Chunk chunk_{nullptr};
  std::vector<idx_t> cells_;  // where the cell of each column comes from
  std::vector<duckdb_type> types_;
  std::vector<ColumnView> columns_;
  idx_t row_ = 0;
};

Result run_bound(const Connection& connection, const std::string& sql, const std::vector<Value>& parameters) {
  Statement statement(connection, sql);
  if (statement.parameters() != parameters.size()) {
    throw CollectionFastPersistError(ErrorCode::sql, "the statement has " + std::to_string(statement.parameters()) +
                                                         " parameters, but " + std::to_string(parameters.size()) +
                                                         " were given");
  }
  for (idx_t i = 0; i < parameters.size(); ++i) statement.bind(i + 1, parameters[i]);
  return statement.execute();
}

/// The query with the text of every column that has no place in Cell added behind its columns.
std::string with_texts(const std::string& sql, Result& result) {
  std::string texts, names;
  for (idx_t i = 0; i < result.columns(); ++i) {
    const std::string name = "c" + std::to_string(i);
    names += (i == 0 ? "" : ", ") + name;
    if (!is_cell_type(result.type(i))) texts += ", CAST(" + name + " AS VARCHAR)";
  }
  // On lines of its own: the statement may end in a comment.
  return "SELECT *" + texts + " FROM (\n" + sql + "\n) AS q(" + names + ")";
}

/// The query cut one row behind the limit, where it is reported.
std::string cut_off(const std::string& sql, std::uint64_t row_limit) {
  return "SELECT * FROM (\n" + sql + "\n) LIMIT " + std::to_string(row_limit + 1);
}

/// A view that this connection alone has, as long as the object is there.
class ScopedView {
 public:
  ScopedView(const Connection& connection, const std::string& definition)
      : connection_(connection), name_(definition.substr(0, definition.find(' '))) {
    if (!name_.empty()) connection_.run("CREATE OR REPLACE TEMP VIEW " + definition);
  }
  ScopedView(const ScopedView&) = delete;
  ScopedView& operator=(const ScopedView&) = delete;
  ~ScopedView() {
    if (name_.empty()) return;
    try {
      connection_.run("DROP VIEW IF EXISTS temp." + name_);
    } catch (const SqlError&) {
      return;  // the connection is of no use any more
    }
  }

 private:
  const Connection& connection_;
  const std::string name_;
};

void check_limits(const QueryLimits& limits) {
  if (!limits.time_limit_seconds || *limits.time_limit_seconds > 0) return;
  throw CollectionFastPersistError(ErrorCode::invalid_argument, "time_limit_seconds must be more than 0, or none");
}

class ReadOnlyQuery final : public QueryConnection {
 public:
  ReadOnlyQuery(std::weak_ptr<LiveFile> file, std::string view) : file_(std::move(file)), view_(std::move(view)) {}

  QueryResult execute(std::string_view sql, const std::vector<Value>& parameters, const QueryLimits& limits) override {
    check_limits(limits);
    const std::shared_ptr<LiveFile> file = still_open(file_);
    return told([&] {
      const LiveFile::Lease lease = file->lease();
      const ScopedView view(lease->connection(), view_);
      const Deadline deadline(lease->connection(), limits.time_limit_seconds);
      try {
        return run(lease->connection(), std::string(sql), parameters, limits);
      } catch (const std::exception&) {
        if (!deadline.has_passed()) throw;
        throw CollectionFastPersistError(ErrorCode::sql, "the query was stopped after " + deadline.text() +
                                                             "; narrow it, or raise time_limit_seconds");
      }
    });
  }

 private:
  QueryResult run(const Connection& connection, std::string sql, const std::vector<Value>& parameters,
                  const QueryLimits& limits) const {
    Transaction transaction(connection, "BEGIN TRANSACTION READ ONLY");
    check_statement(connection, sql);
    const Statement given(connection, sql);
    if (limits.row_limit && given.type() == DUCKDB_STATEMENT_TYPE_SELECT) {
      sql = cut_off(without_end(connection, sql), *limits.row_limit);
    }
    Result result = run_bound(connection, sql, parameters);
    std::vector<ColumnDescription> description;
    bool needs_texts = false;
    for (idx_t i = 0; i < result.columns(); ++i) {
      description.push_back({given.column_name(i), result.type_name(i)});  // two may be called alike
      needs_texts = needs_texts || !is_cell_type(result.type(i));
    }
    if (needs_texts) result = run_bound(connection, with_texts(without_end(connection, sql), result), parameters);
    transaction.commit();
    return QueryResult(
        std::make_unique<MaterialisedRows>(file_, std::move(description), std::move(result), limits.row_limit));
  }

  const std::weak_ptr<LiveFile> file_;
  const std::string view_;
};

}  // namespace

std::unique_ptr<QueryConnection> make_query_connection(const std::shared_ptr<LiveFile>& file, std::string view) {
  return std::make_unique<ReadOnlyQuery>(file, std::move(view));
}

std::string latest_of_history(const model::Schema& schema) {
  std::string columns;
  for (const std::string& name : visible_columns(schema)) {
    columns += (name == "version" ? "1 AS " : "") + sql_name(name) + ", ";  // as in latest
  }
  return "storage_latest AS SELECT " + columns +
         "\"version\" AS cfp_version, cfp_seq FROM storage_history WHERE cfp_op = 'store' AND cfp_seq IN (SELECT "
         "max(cfp_seq) FROM storage_history GROUP BY cfp_item_hash, \"key\", collection_name, item_name)";
}

}  // namespace cfp::tables::duckdb
