#include "tables/net_changes.h"

#include <unordered_map>

namespace cfp::tables {
namespace {

/// The item of a record; the hash was made when the record was.
struct ItemOf {
  const model::Record* record;
  friend bool operator==(const ItemOf& a, const ItemOf& b) noexcept {
    return a.record->item_hash == b.record->item_hash && a.record->key() == b.record->key() &&
           a.record->collection_name() == b.record->collection_name() &&
           a.record->state->item_name() == b.record->state->item_name();
  }
};

struct ItemHash {
  std::size_t operator()(const ItemOf& item) const noexcept { return item.record->item_hash; }
};

}  // namespace

std::vector<ItemChange> net_changes(std::span<const VersionedRecord> records) {
  std::vector<ItemChange> changes;
  std::unordered_map<ItemOf, std::size_t, ItemHash> place;
  place.reserve(records.size());
  for (const VersionedRecord& record : records) {
    const auto [at, is_new] = place.try_emplace(ItemOf{record.record}, changes.size());
    if (is_new) changes.emplace_back();
    ItemChange& change = changes[at->second];
    change.last = record;
    if (record.record->state->operation() == model::Operation::erase) {
      change.erased_in_between = true;
      change.first_store_sequence = 0;
    } else if (change.first_store_sequence == 0) {
      change.first_store_sequence = record.record->sequence();
    }
  }
  return changes;
}

}  // namespace cfp::tables
