#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

struct NumberSearches;

/// Finds the rows whose number in one column is among many: a filter inside DuckDB's scan, for the reason that
/// WantedNames says. A join, or an IN, of ten hashes takes four times as long over 10 M rows.
/// Threads: any number of searches at once.
class WantedNumbers {
 public:
  WantedNumbers();

  /// Makes the filter known to the instance behind the connection.
  void attach_to(const Connection& connection) const;

  /// While it lives, its condition can be asked.
  class Search {
   public:
    Search(const WantedNumbers& wanted, std::span<const std::uint64_t> numbers);
    ~Search();
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;
    /// For WHERE, on a column of type UBIGINT.
    [[nodiscard]] std::string condition(std::string_view column) const;

   private:
    const std::shared_ptr<NumberSearches> searches_;
    std::uint64_t id_ = 0;
  };

 private:
  std::shared_ptr<NumberSearches> searches_;  // DuckDB keeps it too, for as long as the instance lives
};

}  // namespace cfp::tables::duckdb
