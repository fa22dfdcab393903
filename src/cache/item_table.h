#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
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

/// One item in memory. Its names follow it in the same block: a search that no processor cache has anything of waits
/// for memory twice, for the slot of the table and for the item.
class CachedItem {
 public:
  struct Destroy {
    void operator()(CachedItem* item) const noexcept;
  };
  using Owner = std::unique_ptr<CachedItem, Destroy>;
  static Owner make(const ItemKey& key);

  [[nodiscard]] bool is(const ItemKey& key) const noexcept {
    return key.item_name.size() == item_size_ && key.key.size() == key_size_ &&
           key.collection_name.size() == collection_size_ && item_name() == key.item_name &&
           text(0, key_size_) == key.key && text(key_size_, collection_size_) == key.collection_name;
  }
  [[nodiscard]] std::string_view item_name() const noexcept { return text(key_size_ + collection_size_, item_size_); }
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

  std::shared_ptr<const model::ItemState> state;
  std::uint64_t first_sequence = 0;                ///< Place in the order of the collection; 0: deleted.
  std::shared_ptr<model::SharedVersionBase> base;  ///< Overlay only: `version` is the step above it.
  std::uint32_t version = 0;
  std::uint32_t position = 0;  ///< Among the items of the collection.
  bool reset = false;          ///< Overlay: deleted in between, so the table's first_sequence does not count.
  mutable std::atomic<std::uint8_t> lap{0};  ///< Of the shard's hand when a reader was last here.

 private:
  friend class ItemTable;
  explicit CachedItem(const ItemKey& key) noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  [[nodiscard]] std::string_view text(std::size_t begin, std::size_t size) const noexcept {
    return {reinterpret_cast<const char*>(this + 1) + begin, size};
  }

  std::uint16_t key_size_, collection_size_, item_size_;  // a name has at most 4,096 bytes
  std::uint64_t hash_;
};

/// All items of a shard by their three names: open addressing with the hashes beside the pointers.
/// Threads: guarded by the shard that owns it.
class ItemTable {
 public:
  [[nodiscard]] CachedItem* find(const ItemKey& key) const noexcept {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = key.hash & mask(); slots_[at].item != nullptr; at = next(at)) {
      if (slots_[at].hash == key.hash && slots_[at].item->is(key)) return slots_[at].item;
    }
    return nullptr;
  }
  /// The item must not be there yet, and must be erased before it goes.
  void add(CachedItem& item);
  void erase(const CachedItem& item) noexcept;
  /// Of an item that is here.
  void set_state(CachedItem& item, std::shared_ptr<const model::ItemState> state) noexcept;
  /// Gives slots back that are much too many.
  void shrink();

  /// Memory of the items, of their states, of the slots, and of what else lives with them.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.value(); }
  void count(std::uint64_t bytes) noexcept { bytes_.add(bytes); }
  void discount(std::uint64_t bytes) noexcept { bytes_.subtract(bytes); }
  /// How often the hand that looks for what may leave has been round; modulo 256. Here, since a search reads this line.
  [[nodiscard]] std::uint8_t lap() const noexcept { return lap_; }
  void begin_lap() noexcept { ++lap_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    CachedItem* item = nullptr;
  };

  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept { return (at + 1) & mask(); }
  void insert(Slot slot) noexcept;
  void resize(std::size_t slots);

  std::vector<Slot> slots_;  // size a power of two
  std::size_t size_ = 0;
  std::uint8_t lap_ = 0;
  Meter bytes_;
};

}  // namespace cfp::cache
