#include "tables/duckdb/name_page.h"

#include <algorithm>

namespace cfp::tables::duckdb {

NamePage::NamePage(std::string_view column, const NameRange& range, idx_t parameters)
    : parameters_(parameters), limit_(std::min<std::uint64_t>(range.limit, INT64_MAX)) {
  const std::string name(column);
  const auto parameter = [&](std::string_view text) {
    texts_.push_back(text);
    return "$" + std::to_string(parameters_ + texts_.size());
  };
  // Beside the prefix its bound, by which row groups are skipped.
  condition_ = "starts_with(" + name + ", " + parameter(range.prefix) + ")";
  condition_ += " AND " + name + " >= $" + std::to_string(parameters_ + 1);
  if (range.after) condition_ += " AND " + name + " > " + parameter(*range.after);
  if (range.before) condition_ += " AND " + name + " < " + parameter(*range.before);
  order_ = " ORDER BY " + name + (range.descending ? " DESC" : "") + " LIMIT $" +
           std::to_string(parameters_ + texts_.size() + 1);
}

void NamePage::bind(Statement& statement) const {
  idx_t parameter = parameters_;
  for (const std::string_view text : texts_) statement.bind(++parameter, text);
  statement.bind(++parameter, limit_);
}

std::vector<std::string> read_names(Result result) {
  std::vector<std::string> names;
  while (const Chunk chunk = result.next()) {
    const ColumnView column = chunk.column(0);
    for (idx_t row = 0; row < chunk.rows(); ++row) names.emplace_back(column.text(row));
  }
  return names;
}

}  // namespace cfp::tables::duckdb
