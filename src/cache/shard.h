#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

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
  Meter miss_bytes;
  /// Where the walk of the collections that may leave has come to.
  struct Hand {
    std::size_t key = 0;                 ///< Slot of the key table.
    std::size_t collections = SIZE_MAX;  ///< Of the key, that are still to be looked at; the last of them is next.
    std::size_t entry = SIZE_MAX;        ///< Entries of that one, likewise.
  } hand;

  std::mutex load_mutex;  ///< Nothing is locked after it.
  std::condition_variable load_ended;
  TextSet loading;                               ///< Keys.
  std::multiset<std::string, std::less<>> held;  ///< Keys.

  void remember_miss(std::string name);
  bool forget_miss(std::string_view name) noexcept;
  void clear_misses() noexcept;
  [[nodiscard]] bool is_missing(std::string_view key, std::optional<std::string_view> collection_name) const;
  /// The item as `read(item)` gives it, null for one that never was; nullopt when a load has to tell.
  template <class Read>
  [[nodiscard]] auto read_item(std::string_view key, std::uint64_t key_hash, std::string_view collection_name,
                               std::string_view item_name, const Read& read) const
      -> std::optional<decltype(read(static_cast<const model::ItemState*>(nullptr)))> {
    const ItemKey wanted(key, key_hash, collection_name, item_name);
    const std::shared_lock lock(mutex);
    const model::ItemState* const item = items.find(wanted);
    if (item == nullptr ? !knows(key, key_hash, collection_name) : bool(item->place.base)) return std::nullopt;
    if (item != nullptr && item->place.lap.load(std::memory_order_relaxed) != items.lap()) {
      touch(*item, wanted, key_hash);
    }
    return read(item);
  }
  /// The first use of an item in a lap, which counts for its collection.
  void touch(const model::ItemState& item, const ItemKey& names, std::uint64_t key_hash) const noexcept;
  /// Whether every item of the collection is in memory, or there is none.
  [[nodiscard]] bool knows(std::string_view key, std::uint64_t key_hash, std::string_view collection_name) const;
  /// The collection of a record that is being stored; made when there is none.
  Collection& collection_for(const model::Record& record, std::uint64_t key_hash);

  struct Sweep {
    std::uint64_t visits = 0;
    std::uint64_t evicted = 0;
    bool ended_lap = false;
    bool passed_a_busy_one = false;  ///< Of which something may leave at another time.
  };
  /// Moves the hand on by some collections, and into `gone` what of the unused ones is no newer than record `floor`. To
  /// be called under `mutex`.
  Sweep sweep(std::uint64_t floor, LeavingItems& gone) noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept { return items.bytes() + keys.bytes() + miss_bytes.value(); }

 private:
  void evict(CachedKey& key, std::uint64_t floor, LeavingItems& gone, Sweep& sweep) noexcept;
  void end_lap() noexcept;
};

template <class Peek>
auto Cache::load_until(std::string_view key, std::optional<std::string_view> collection_name, const Peek& peek) ->
    typename decltype(peek())::value_type {
  auto found = peek();
  while (!found) {
    if (!is_name(key) || (collection_name && !is_name(*collection_name))) return {};
    load(key, collection_name, [&] { found = peek(); });
    if (!found) found = peek();  // somebody else has loaded of the key
  }
  return *std::move(found);
}

}  // namespace cfp::cache
