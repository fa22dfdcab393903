#include <utility>

#include "cfp/query.h"
#include "tables/query_source.h"

namespace cfp {

QueryResult::QueryResult(std::unique_ptr<Source> source) : source_(std::move(source)) {}
QueryResult::QueryResult(QueryResult&&) noexcept = default;
QueryResult& QueryResult::operator=(QueryResult&&) noexcept = default;
QueryResult::~QueryResult() = default;

const std::vector<ColumnDescription>& QueryResult::description() const { return source_->description(); }

std::optional<Row> QueryResult::fetchone() { return source_->next(); }

std::vector<Row> QueryResult::fetchmany(std::size_t count) {
  std::vector<Row> rows;
  while (rows.size() < count) {
    std::optional<Row> row = source_->next();
    if (!row) break;
    rows.push_back(*std::move(row));
  }
  return rows;
}

std::vector<Row> QueryResult::fetchall() {
  std::vector<Row> rows;
  while (std::optional<Row> row = source_->next()) rows.push_back(*std::move(row));
  return rows;
}

}  // namespace cfp
