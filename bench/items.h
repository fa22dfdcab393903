#pragma once

#include <cfp/collection_fast_persist.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cfp::bench {

/// What is stored in every measurement: names of 24 or 25 bytes with long common prefixes, ten items to a collection,
/// some 300 bytes of data of mixed types.
struct Item {
  std::string key, collection_name, item_name;
  Data data;
  Value value;
};

inline constexpr std::uint64_t kItemsPerCollection = 10;

/// Item number `index`; `revision` changes its data, not its names.
Item make_item(std::uint64_t index, std::uint64_t revision = 0);
std::vector<Item> make_items(std::uint64_t count, std::uint64_t first = 0);

/// Names as in make_item, as SQL expressions over a column `i`; and data of the same kind.
std::string sql_of_item_columns();

/// A stable pseudo-random number (SplitMix64).
std::uint64_t scramble(std::uint64_t number) noexcept;

std::uint64_t store_item(CollectionFastPersist& store, const Item& item);

}  // namespace cfp::bench
