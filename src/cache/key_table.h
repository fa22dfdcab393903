#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cache/collection.h"

namespace cfp::cache {

/// The collections of one key that are in memory, sorted by the hash of their name: most keys have one or two.
struct CachedKey {
  struct Slot {
    std::uint64_t hash;
    std::unique_ptr<Collection> collection;
  };
  std::string name;
  bool all_loaded = false;  ///< Every collection that the latest table has is here and loaded.
  std::vector<Slot> slots;

  [[nodiscard]] Collection* find(std::string_view collection_name) const noexcept {
    const std::uint64_t hash = name_hash(collection_name);
    for (auto at = lower_bound(hash); at != slots.end() && at->hash == hash; ++at) {
      if (at->collection->name() == collection_name) return at->collection.get();
    }
    return nullptr;
  }
  Collection& add(ItemTable& items, std::string_view collection_name, bool loaded) {
    const std::uint64_t hash = name_hash(collection_name);
    auto collection = std::make_unique<Collection>(items, name, std::string(collection_name), loaded);
    return *slots.insert(lower_bound(hash), {hash, std::move(collection)})->collection;
  }

 private:
  [[nodiscard]] std::vector<Slot>::const_iterator lower_bound(std::uint64_t hash) const noexcept {
    return std::lower_bound(slots.begin(), slots.end(), hash,
                            [](const Slot& s, std::uint64_t h) { return s.hash < h; });
  }
};

/// Keys by name: open addressing with the hashes beside the pointers, so that a read touches one line of the table and
/// the key it looks for, nothing else. A standard map would follow a chain, and hash every name on it again.
/// Threads: guarded by the shard that owns it.
class KeyTable {
 public:
  /// `hash` is name_hash(name).
  [[nodiscard]] CachedKey* find(std::string_view name, std::uint64_t hash) const noexcept {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[position(name, hash)];
    return slot.key.get();
  }
  CachedKey& add(std::string_view name, std::uint64_t hash) {
    if ((size_ + 1) * 3 > slots_.size() * 2) resize(std::max<std::size_t>(16, slots_.size() * 2));
    auto key = std::make_unique<CachedKey>();  // whole before it gets its place
    key->name = name;
    Slot& slot = slots_[position(name, hash)];
    slot = {hash, std::move(key)};
    ++size_;
    bytes_.add(bytes_of(name));
    return *slot.key;
  }
  void erase(std::string_view name, std::uint64_t hash) noexcept {
    bytes_.subtract(bytes_of(name));  // which may be the key's own
    std::size_t hole = position(name, hash);
    slots_[hole].key.reset();
    --size_;
    // What lies behind the hole and was pushed there by what has gone moves back, so that searches may end at a hole.
    for (std::size_t at = next(hole); slots_[at].key; at = next(at)) {
      const std::size_t home = slots_[at].hash & mask();
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      slots_[hole] = std::move(slots_[at]);
      hole = at;
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Memory of the keys without their collections.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.value(); }
  /// The first key that is not before that slot, which becomes the key's; null behind the last one. A walk that lets
  /// others change the table in between may pass one over or meet it twice.
  [[nodiscard]] CachedKey* at_or_after(std::size_t& slot) const noexcept {
    while (slot < slots_.size() && !slots_[slot].key) ++slot;
    return slot < slots_.size() ? slots_[slot].key.get() : nullptr;
  }
  /// Gives slots back that are much too many.
  void shrink() {
    if (slots_.size() > 16 && size_ * 8 < slots_.size()) resize(slots_.size() / 4);
  }
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Slot& slot : slots_) {
      if (slot.key) visit(*slot.key);
    }
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::unique_ptr<CachedKey> key;
  };

  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept { return (at + 1) & mask(); }
  /// Where the key is, or the free slot where it would be.
  [[nodiscard]] std::size_t position(std::string_view name, std::uint64_t hash) const noexcept {
    std::size_t at = hash & mask();
    while (slots_[at].key && (slots_[at].hash != hash || slots_[at].key->name != name)) at = next(at);
    return at;
  }
  static std::uint64_t bytes_of(std::string_view name) noexcept { return sizeof(CachedKey) + name.size() + 32; }
  void resize(std::size_t slots) {
    std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots));
    for (Slot& slot : before) {
      if (!slot.key) continue;
      std::size_t at = slot.hash & mask();
      while (slots_[at].key) at = next(at);
      slots_[at] = std::move(slot);
    }
    bytes_.add(slots_.size() * sizeof(Slot));
    bytes_.subtract(before.size() * sizeof(Slot));
  }

  std::vector<Slot> slots_;  // size a power of two
  std::size_t size_ = 0;
  Meter bytes_;
};

}  // namespace cfp::cache
