#include "cache/cache.h"

#include <algorithm>

#include "base/check.h"
#include "base/json.h"
#include "cache/shard.h"

namespace cfp::cache {
namespace {

// 64 shards remember 65,536 names in all. A full shard starts anew: simpler than an order of age, and as bounded.
constexpr std::size_t kMissesPerShard = 1024;

std::string miss_name(std::string_view key, std::string_view collection_name) {
  std::string name(key);
  name += '\0';  // no name contains one
  name += collection_name;
  return name;
}

/// Beside its text: a node, its place in the set, and what the allocator adds.
std::uint64_t miss_bytes_of(std::string_view name) noexcept { return name.size() + 80; }

}  // namespace

bool is_name(std::string_view name) noexcept {
  return name.find('\0') == std::string_view::npos && json::is_utf8(name);
}

void Cache::Shard::remember_miss(std::string name) {
  if (misses.size() >= kMissesPerShard) clear_misses();
  const std::uint64_t bytes = miss_bytes_of(name);
  if (misses.insert(std::move(name)).second) miss_bytes.add(bytes);
}

bool Cache::Shard::forget_miss(std::string_view name) noexcept {
  const auto at = misses.find(name);
  if (at == misses.end()) return false;
  misses.erase(at);
  miss_bytes.subtract(miss_bytes_of(name));
  return true;
}

void Cache::Shard::clear_misses() noexcept {
  misses.clear();
  miss_bytes.set(0);
}

bool Cache::Shard::is_missing(std::string_view key, std::optional<std::string_view> collection_name) const {
  if (misses.empty()) return false;
  if (misses.contains(key)) return true;
  return collection_name && misses.contains(miss_name(key, *collection_name));
}

bool Cache::Shard::knows(std::string_view key, std::uint64_t key_hash, std::string_view collection_name) const {
  const CachedKey* const in_memory = keys.find(key, key_hash);
  const Collection* const collection = in_memory == nullptr ? nullptr : in_memory->find(collection_name);
  if (collection != nullptr) {
    collection->touch();
    return collection->loaded();
  }
  return (in_memory != nullptr && in_memory->all_loaded) || is_missing(key, collection_name);
}

Collection& Cache::Shard::collection_for(const model::Record& record, std::uint64_t key_hash) {
  CachedKey* key = keys.find(record.key(), key_hash);
  if (key == nullptr) {
    key = &keys.add(record.key(), key_hash);
    key->all_loaded = forget_miss(record.key());
  }
  if (Collection* known = key->find(record.collection_name())) return *known;
  const bool missed = !misses.empty() && forget_miss(miss_name(record.key(), record.collection_name()));
  return key->add(items, record.collection_name(), key->all_loaded || missed);
}

Cache::Cache(Loader loader, Bound bound)
    : loader_(std::move(loader)),
      bound_(std::move(bound)),
      shards_(std::make_unique<std::array<Shard, 1U << kShardBits>>()) {}
Cache::~Cache() = default;

Cache::Shard& Cache::shard_of(std::uint64_t key_hash) const noexcept {
  return (*shards_)[key_hash >> (64U - kShardBits)];
}

std::optional<cfp::Record> Cache::get_item(std::string_view key, std::string_view collection_name,
                                           std::string_view item_name) {
  return load_until(key, collection_name, [&] { return peek_item(key, collection_name, item_name); });
}

std::optional<std::optional<cfp::Record>> Cache::peek_item(std::string_view key, std::string_view collection_name,
                                                           std::string_view item_name) const {
  const std::uint64_t hash = name_hash(key);
  return shard_of(hash).read_item(key, hash, collection_name, item_name, [](const model::ItemState* item) {
    const bool is_there = item != nullptr && item->place.first_sequence != 0;
    return is_there ? std::optional(cfp::Record(*item, item->place.version)) : std::nullopt;
  });
}

std::optional<ItemPlace> Cache::place_of(std::string_view key, std::string_view collection_name,
                                         std::string_view item_name) const {
  const std::uint64_t hash = name_hash(key);
  return shard_of(hash).read_item(key, hash, collection_name, item_name, [](const model::ItemState* item) {
    return item == nullptr ? ItemPlace{} : ItemPlace{item->place.version, item->place.first_sequence != 0};
  });
}

std::optional<Items> Cache::get_collection(std::string_view key, std::string_view collection_name) {
  return load_until(key, collection_name, [&] { return peek_collection(key, collection_name); });
}

std::optional<std::optional<Items>> Cache::peek_collection(std::string_view key,
                                                           std::string_view collection_name) const {
  using Found = std::optional<Items>;
  const std::uint64_t hash = name_hash(key);
  const Shard& shard = shard_of(hash);
  const std::shared_lock lock(shard.mutex);
  const CachedKey* const known = shard.keys.find(key, hash);
  const Collection* const collection = known == nullptr ? nullptr : known->find(collection_name);
  if (collection == nullptr) {
    const bool absent = (known != nullptr && known->all_loaded) || shard.is_missing(key, collection_name);
    return absent ? std::optional<Found>(Found()) : std::nullopt;
  }
  if (!collection->loaded()) return std::nullopt;
  collection->touch();
  Items items = collection->items();
  return items.empty() ? Found() : Found(std::move(items));
}

std::optional<Collections> Cache::get_key(std::string_view key) {
  return load_until(key, std::nullopt, [&] { return peek_key(key); });
}

std::optional<std::optional<Collections>> Cache::peek_key(std::string_view key) const {
  using Found = std::optional<Collections>;
  const std::uint64_t hash = name_hash(key);
  const Shard& shard = shard_of(hash);
  const std::shared_lock lock(shard.mutex);
  const CachedKey* const known = shard.keys.find(key, hash);
  if (known == nullptr) return shard.is_missing(key, std::nullopt) ? std::optional<Found>(Found()) : std::nullopt;
  if (!known->all_loaded) return std::nullopt;
  std::vector<const Collection*> live;
  for (const CachedKey::Slot& slot : known->slots) {
    slot.collection->touch();
    if (slot.collection->first_sequence() != 0) live.push_back(slot.collection.get());
  }
  std::sort(live.begin(), live.end(),
            [](const Collection* a, const Collection* b) { return a->first_sequence() < b->first_sequence(); });
  Collections result;
  result.reserve(live.size());
  for (const Collection* collection : live) result.push_back({collection->name(), collection->items()});
  return result.empty() ? Found() : Found(std::move(result));
}

/// Calls `use` before anything of the key can leave again, unless somebody else loads of the key, which is waited for.
void Cache::load(std::string_view key, std::optional<std::string_view> collection_name,
                 const std::function<void()>& use) {
  Shard& shard = shard_of(name_hash(key));
  {
    std::unique_lock lock(shard.load_mutex);
    if (shard.loading.contains(key)) {
      // Somebody loads of this key already; perhaps just what is wanted here.
      shard.load_ended.wait(lock, [&] { return !shard.loading.contains(key); });
      return;
    }
    shard.loading.emplace(key);
  }
  struct End {
    Cache& cache;
    Shard& shard;
    std::string_view key;
    std::uint64_t brought = 0;
    ~End() {
      {
        const std::lock_guard lock(shard.load_mutex);
        shard.loading.erase(shard.loading.find(key));
        shard.load_ended.notify_all();
      }
      cache.make_room_after(brought);
    }
  } end{*this, shard, key};
  const Snapshot snapshot = loader_(key, collection_name);
  {
    const std::unique_lock lock(shard.mutex);
    const std::uint64_t before = shard.bytes();
    merge(shard, key, collection_name, snapshot);
    end.brought = shard.bytes() - std::min(shard.bytes(), before);
  }
  use();
}

void Cache::merge(Shard& shard, std::string_view key, std::optional<std::string_view> collection_name,
                  const Snapshot& snapshot) {
  const std::uint64_t hash = name_hash(key);
  CachedKey* known = shard.keys.find(key, hash);
  if (known == nullptr) {
    if (snapshot.collections.empty()) {
      return shard.remember_miss(collection_name ? miss_name(key, *collection_name) : std::string(key));
    }
    known = &shard.keys.add(key, hash);
  }
  CachedKey& in_memory = *known;
  for (const model::LoadedCollection& loaded : snapshot.collections) {
    Collection* collection = in_memory.find(loaded.name);
    if (collection == nullptr) collection = &in_memory.add(shard.items, loaded.name, false);
    if (!collection->loaded()) collection->merge(&loaded);
  }
  // Overlays of which the snapshot has no row: the table knows nothing more of them.
  for (const CachedKey::Slot& slot : in_memory.slots) {
    const bool asked = !collection_name || slot.collection->name() == *collection_name;
    if (asked && !slot.collection->loaded()) slot.collection->merge(nullptr);
  }
  if (!collection_name) {
    in_memory.all_loaded = true;
  } else if (in_memory.find(*collection_name) == nullptr) {
    shard.remember_miss(miss_name(key, *collection_name));
  }
}

void Cache::apply(std::span<model::Record> records, bool atomic) {
  if (atomic) {
    apply_at_once(records);
  } else {
    for (model::Record& record : records) {
      const std::uint64_t hash = name_hash(record.key());
      Shard& shard = shard_of(hash);
      const std::unique_lock lock(shard.mutex);
      shard.collection_for(record, hash).apply(record);
    }
  }
  make_room_for(records);
}

void Cache::apply_at_once(std::span<model::Record> records) {
  // All shards of a batch at once, in one order, so that two such calls could not block each other.
  std::vector<Shard*> shards;
  for (const model::Record& record : records) shards.push_back(&shard_of(name_hash(record.key())));
  std::sort(shards.begin(), shards.end());
  shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
  std::vector<std::unique_lock<std::shared_mutex>> locks;
  locks.reserve(shards.size());
  for (Shard* shard : shards) locks.emplace_back(shard->mutex);
  for (model::Record& record : records) {
    const std::uint64_t hash = name_hash(record.key());
    shard_of(hash).collection_for(record, hash).apply(record);
  }
}

void Cache::forget(std::span<const model::Record> records) {
  for (const model::Record& record : records) {
    const std::uint64_t hash = name_hash(record.key());
    Shard& shard = shard_of(hash);
    const std::unique_lock lock(shard.mutex);
    CachedKey* known = shard.keys.find(record.key(), hash);
    if (known == nullptr) continue;
    Collection* collection = known->find(record.collection_name());
    if (collection == nullptr || collection->loaded()) continue;
    collection->forget(record);
    if (collection->entries() > 0) continue;
    std::erase_if(known->slots, [&](const CachedKey::Slot& slot) { return slot.collection.get() == collection; });
    if (known->slots.empty() && !known->all_loaded) shard.keys.erase(record.key(), hash);
  }
  make_all_room();
}

std::uint64_t Cache::keys() const {
  std::uint64_t sum = 0;
  for (const Shard& shard : *shards_) {
    const std::shared_lock lock(shard.mutex);
    sum += shard.keys.size();
  }
  return sum;
}

std::vector<std::string> Cache::key_names() const {
  std::vector<std::string> names;
  names.reserve(keys());
  for (const Shard& shard : *shards_) {
    const std::shared_lock lock(shard.mutex);
    shard.keys.for_each([&](const CachedKey& key) { names.push_back(key.name); });
  }
  return names;
}

std::uint64_t Cache::misses() const {
  std::uint64_t sum = 0;
  for (const Shard& shard : *shards_) {
    const std::shared_lock lock(shard.mutex);
    sum += shard.misses.size();
  }
  return sum;
}

}  // namespace cfp::cache
