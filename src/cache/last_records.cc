// What was last of items, deletes too: where reading the past begins.

#include "cache/cache.h"
#include "cache/shard.h"

namespace cfp::cache {
namespace {

LastRecord last_record_of(const model::ItemState* item) {
  return {model::State(item), item->place.version, item->place.first_sequence};
}

LastRecords records_of(const Collection& collection) {
  LastRecords found{collection.name(), {}};
  found.items.reserve(collection.all().size());
  for (const CachedItem& item : collection.all()) found.items.push_back(last_record_of(item.get()));
  return found;
}

}  // namespace

std::optional<LastRecord> Cache::last_record(std::string_view key, std::string_view collection_name,
                                             std::string_view item_name) {
  const std::uint64_t hash = name_hash(key);
  const Shard& shard = shard_of(hash);
  return load_until(key, collection_name, [&] {
    return shard.read_item(key, hash, collection_name, item_name, [](const model::ItemState* item) {
      return item == nullptr ? std::nullopt : std::optional(last_record_of(item));
    });
  });
}

std::vector<LastRecords> Cache::last_records(std::string_view key, std::optional<std::string_view> collection_name) {
  return load_until(key, collection_name, [&] { return known_records(key, collection_name); });
}

/// Nothing when a load has to come first.
std::optional<std::vector<LastRecords>> Cache::known_records(std::string_view key,
                                                             std::optional<std::string_view> collection_name) const {
  std::vector<LastRecords> found;
  const std::uint64_t hash = name_hash(key);
  const Shard& shard = shard_of(hash);
  const std::shared_lock lock(shard.mutex);
  const CachedKey* const known = shard.keys.find(key, hash);
  if (collection_name) {
    if (!shard.knows(key, hash, *collection_name)) return std::nullopt;
    const Collection* const collection = known == nullptr ? nullptr : known->find(*collection_name);
    if (collection != nullptr) found.push_back(records_of(*collection));
    return found;
  }
  if (known == nullptr) return shard.is_missing(key, std::nullopt) ? std::optional(found) : std::nullopt;
  if (!known->all_loaded) return std::nullopt;
  for (const CachedKey::Slot& slot : known->slots) found.push_back(records_of(*slot.collection));
  return found;
}

}  // namespace cfp::cache
