#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "cache/meter.h"
#include "model/record.h"

namespace cfp::cache {

/// Hash of a name in memory. base::hash64 is part of the file format and reads byte by byte; this one is three times
/// as fast.
inline std::uint64_t name_hash(std::string_view name) noexcept { return std::hash<std::string_view>()(name); }

/// The three names of an item with the hash over them, made once for a search.
struct ItemKey {
  ItemKey(std::string_view key_name, std::uint64_t key_hash, std::string_view collection,
          std::string_view item) noexcept
      : key(key_name),
        collection_name(collection),
        item_name(item),
        hash((key_hash * kOdd + name_hash(collection)) * kOdd + name_hash(item)) {}

  static constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
  std::string_view key, collection_name, item_name;
  std::uint64_t hash;
};

/// Items are found by what stands in their last state, which their place in the cache is part of.
using CachedItem = base::Counted<model::ItemState>;

inline bool is_of(const model::ItemState& state, const ItemKey& key) noexcept {
  return state.item_name() == key.item_name && state.key() == key.key && state.collection_name() == key.collection_name;
}

/// All items of a shard by their three names: open addressing with the hashes beside the pointers.
/// Threads: guarded by the shard that owns it.
class ItemTable {
 public:
  [[nodiscard]] model::ItemState* find(const ItemKey& key) const noexcept {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = key.hash & mask(); slots_[at].item != nullptr; at = next(at)) {
      if (slots_[at].hash == key.hash && is_of(*slots_[at].item, key)) return slots_[at].item;
    }
    return nullptr;
  }
  /// The item must not be there yet, and must be erased before it goes. `key` has its names.
  void add(model::ItemState& item, const ItemKey& key);
  void erase(const model::ItemState& item, const ItemKey& key) noexcept;
  /// A later state of an item that is here takes its place.
  void replace(const model::ItemState& before, model::ItemState& after, const ItemKey& key) noexcept;
  /// Gives slots back that are much too many.
  void shrink();

  /// Memory of the items, of the slots, and of what else lives with them.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.value(); }
  void count(std::uint64_t bytes) noexcept { bytes_.add(bytes); }
  void discount(std::uint64_t bytes) noexcept { bytes_.subtract(bytes); }
  /// How often the hand that looks for what may leave has been round; modulo 256. Here, since a search reads this line.
  [[nodiscard]] std::uint8_t lap() const noexcept { return lap_; }
  void begin_lap() noexcept { ++lap_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    model::ItemState* item = nullptr;
  };

  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept { return (at + 1) & mask(); }
  [[nodiscard]] std::size_t slot_of(const model::ItemState& item, const ItemKey& key) const noexcept;
  void insert(Slot slot) noexcept;
  void resize(std::size_t slots);

  std::vector<Slot> slots_;  // size a power of two
  std::size_t size_ = 0;
  std::uint8_t lap_ = 0;
  Meter bytes_;
};

}  // namespace cfp::cache
