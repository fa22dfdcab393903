#pragma once

// The names that the latest table has, in order and a page at a time.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/loaded_collection.h"

namespace cfp::tables {

/// A page of names in the order of their bytes, or the other way round.
struct NameRange {
  std::string_view prefix;
  std::optional<std::string_view> after, before;  ///< Both exclusive.
  bool descending = false;
  std::uint64_t limit = 1;

  [[nodiscard]] bool contains(std::string_view name) const {
    return name.starts_with(prefix) && (!after || name > *after) && (!before || name < *before);
  }
  [[nodiscard]] bool precedes(std::string_view a, std::string_view b) const { return descending ? b < a : a < b; }
};

/// Each call is a snapshot of its own. Names are compared, never their hashes alone.
/// Threads: any, beside everything else.
class NameList {
 public:
  virtual ~NameList() = default;
  /// Keys with at least one live item. By one scan of the keys of all rows.
  virtual std::vector<std::string> keys(const NameRange& range) = 0;
  /// Collections of the key with at least one live item.
  virtual std::vector<std::string> collections(std::string_view key, const NameRange& range) = 0;
  /// Items of the collection, deleted ones' marks too.
  virtual std::vector<model::LoadedItem> items(std::string_view key, std::string_view collection_name,
                                               const NameRange& range) = 0;
};

}  // namespace cfp::tables
