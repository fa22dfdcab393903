#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tables/duckdb/live_file.h"
#include "tables/name_list.h"

namespace cfp::tables::duckdb {

/// The end of a statement that gives one page of the names in a column. Its parameters come behind `parameters` others.
class NamePage {
 public:
  NamePage(std::string_view column, const NameRange& range, idx_t parameters);
  /// A condition, to stand behind WHERE or AND.
  [[nodiscard]] const std::string& condition() const noexcept { return condition_; }
  /// ORDER BY and LIMIT.
  [[nodiscard]] const std::string& order() const noexcept { return order_; }
  void bind(Statement& statement) const;

 private:
  idx_t parameters_;
  std::vector<std::string_view> texts_;
  std::uint64_t limit_;
  std::string condition_, order_;
};

/// The texts of a result's first column.
std::vector<std::string> read_names(Result result);

}  // namespace cfp::tables::duckdb
