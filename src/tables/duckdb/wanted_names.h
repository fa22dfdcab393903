#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

#include "tables/duckdb/connection.h"
#include "tables/tables.h"

namespace cfp::tables::duckdb {

struct WantedIndex;

/// The names in a row, and its cfp_item_hash.
struct ItemText {
  std::string_view key, collection_name, item_name;
  std::uint64_t item_hash;
};

/// Finds many items in all of latest: a filter inside DuckDB's scan.
///
/// A join would make DuckDB read the names of all rows before it drops nearly all of them. A filter on one column is
/// pushed into the scan instead: it reads the hashes of the keys, which repeat and are soon read, those of the items
/// where a key is wanted, and the names where an item is.
/// Threads: any; a search waits for the one before it.
class WantedNames {
 public:
  /// For WHERE, on a table with the three names, cfp_key_hash and cfp_item_hash. True for the wanted items and no
  /// others; for nothing while nobody searches.
  static constexpr std::string_view kFilter =
      "cfp_wanted_key(cfp_key_hash) AND cfp_wanted_hash(cfp_item_hash) AND cfp_wanted_item(\"key\", collection_name, "
      "item_name, cfp_item_hash)";

  WantedNames();

  /// Makes the filter known to the instance behind the connection.
  void attach_to(const Connection& connection) const;

  /// While it lives, these names are wanted; they must live as long.
  class Search {
   public:
    Search(const WantedNames& wanted, std::span<const ItemName> names);
    ~Search();
    Search(const Search&) = delete;
    Search& operator=(const Search&) = delete;
    /// Hands the positions of this name among the wanted ones to `sink`.
    void find(const ItemText& text, const std::function<void(std::size_t)>& sink) const;

   private:
    const std::shared_ptr<WantedIndex> index_;
    const std::unique_lock<std::mutex> turn_;
  };

 private:
  std::shared_ptr<WantedIndex> index_;  // DuckDB keeps it too, for as long as the instance lives
};

}  // namespace cfp::tables::duckdb
