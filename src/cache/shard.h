#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_set>

#include "cache/cache.h"
#include "cache/key_table.h"

namespace cfp::cache {

/// Lets a set of strings be searched by a string_view without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return name_hash(text); }
};

using TextSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

/// Whether anything can have been stored under the name. One that cannot is not worth a load, and must not be
/// remembered as missing: with a NUL it could be taken for the two names of another miss.
bool is_name(std::string_view name) noexcept;

/// A 64th of the cache, with its own lock; and lines of its own, since every read writes to the lock's.
struct alignas(64) Cache::Shard {
  mutable std::shared_mutex mutex;
  ItemTable items;  // before the keys, whose collections take their items out of it
  KeyTable keys;
  /// Names without a row in the latest table and without a record since: a key alone, or key + NUL + collection.
  TextSet misses;

  std::mutex load_mutex;
  std::condition_variable load_ended;
  TextSet loading;  ///< Keys.

  void remember_miss(std::string name);
  [[nodiscard]] bool is_missing(std::string_view key, std::optional<std::string_view> collection_name) const;
  /// The item as `read(item)` gives it, null for one that never was; nullopt when a load has to tell.
  template <class Read>
  [[nodiscard]] auto read_item(std::string_view key, std::uint64_t key_hash, std::string_view collection_name,
                               std::string_view item_name, const Read& read) const
      -> std::optional<decltype(read(static_cast<const CachedItem*>(nullptr)))> {
    const ItemKey wanted(key, key_hash, collection_name, item_name);
    const std::shared_lock lock(mutex);
    const CachedItem* const item = items.find(wanted);
    if (item == nullptr ? knows(key, key_hash, collection_name) : !item->base) return read(item);
    return std::nullopt;
  }
  /// Whether every item of the collection is in memory, or there is none.
  [[nodiscard]] bool knows(std::string_view key, std::uint64_t key_hash, std::string_view collection_name) const;
  /// The collection of a record that is being stored; made when there is none.
  Collection& collection_for(const model::Record& record, std::uint64_t key_hash);
};

}  // namespace cfp::cache
