#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/record.h"

namespace cfp::model {

/// One live row of the latest table, with all its names, or the mark of a deleted item (state is null).
struct LoadedItem {
  std::string item_name;
  base::Counted<ItemState> state;
  VersionBase base;                  ///< The row's own version and sequence.
  std::uint64_t first_sequence = 0;  ///< Its place in the order of the collection; 0 for a deleted item.
};

/// What the latest table knows of one collection.
struct LoadedCollection {
  std::string name;
  std::vector<LoadedItem> items;  ///< In any order.
};

}  // namespace cfp::model
