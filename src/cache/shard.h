#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/hash.h"
#include "cache/cache.h"
#include "cache/collection.h"

namespace cfp::cache {

/// Lets a map of strings be searched by a string_view without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return base::hash64(text); }
};

template <class Mapped>
using TextMap = std::unordered_map<std::string, Mapped, TextHash, std::equal_to<>>;
using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

/// The collections of one key that are in memory, sorted by the hash of their name: most keys have one or two.
struct Cache::Key {
  struct Slot {
    std::uint64_t hash;
    std::unique_ptr<Collection> collection;
  };
  bool all_loaded = false;  ///< Every collection that the latest table has is here and loaded.
  std::vector<Slot> slots;

  [[nodiscard]] Collection* find(std::string_view name) const noexcept {
    const std::uint64_t hash = base::hash64(name);
    auto at = std::lower_bound(slots.begin(), slots.end(), hash, [](const Slot& s, std::uint64_t h) { return s.hash < h; });
    for (; at != slots.end() && at->hash == hash; ++at) {
      if (at->collection->name() == name) return at->collection.get();
    }
    return nullptr;
  }
  Collection& add(const std::string& name, bool loaded) {
    const std::uint64_t hash = base::hash64(name);
    auto at = std::lower_bound(slots.begin(), slots.end(), hash, [](const Slot& s, std::uint64_t h) { return s.hash < h; });
    return *slots.insert(at, {hash, std::make_unique<Collection>(name, loaded)})->collection;
  }
};

/// A 64th of the cache, with its own lock.
struct Cache::Shard {
  mutable std::shared_mutex mutex;
  TextMap<Key> keys;
  /// Names without a row in the latest table and without a record since: a key alone, or key + NUL + collection.
  TextSet misses;

  std::mutex load_mutex;
  std::condition_variable load_ended;
  TextSet loading;  ///< Keys.

  void remember_miss(std::string name);
  [[nodiscard]] bool is_missing(std::string_view key, std::optional<std::string_view> collection_name) const;
  /// The collection of a record that is being stored; made when there is none.
  Collection& collection_for(const model::Record& record);
};

}  // namespace cfp::cache
