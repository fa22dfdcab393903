#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/item_table.h"
#include "cfp/record.h"
#include "model/loaded_collection.h"
#include "model/record.h"

namespace cfp::cache {

/// Items on their way out, destroyed where nobody waits for a lock. They need no memory of their own, since it may be
/// short.
struct LeavingItems {
  static constexpr std::size_t kMost = 256;

  [[nodiscard]] bool is_full() const noexcept { return count == kMost; }
  void clear() noexcept {
    while (count > 0) items[--count].reset();
  }

  std::array<CachedItem, kMost> items;
  std::size_t count = 0;
};

/// The items of one collection in memory, in the order of their first store. They are found by name in the shard's
/// table, where each is as long as the collection has it.
///
/// It is either *loaded* (it knows every item, and versions are absolute) or an *overlay*: only what was stored since
/// the latest table's watermark, with versions counted from a base that nobody knows yet. `merge` turns the second into
/// the first; `unload` and `drop` lead back, to make room, and what they leave keeps the versions that it knows. A
/// deleted item keeps its entry while the collection is loaded, so that counting goes on. Threads: guarded by the shard
/// that owns it.
class Collection {
 public:
  /// `loaded`: the latest table is known to have no row of it. `table` and the text of `key` must live as long.
  Collection(ItemTable& table, std::string_view key, std::string name, bool loaded);
  ~Collection();
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool loaded() const noexcept { return loaded_; }
  [[nodiscard]] std::size_t entries() const noexcept { return entries_.size(); }

  /// Takes a durable record in, and fills its version link.
  void apply(model::Record& record);
  /// What the latest table had, for an overlay; nothing when `loaded` is null: the table has no row of it.
  void merge(const model::LoadedCollection* loaded);
  /// Drops an overlay's entry of this record's item if no later record took its place.
  void forget(const model::Record& record);

  /// Is an overlay from now on.
  void unload() noexcept { loaded_ = false; }
  /// Takes out what the latest table has, up to record `floor`: among the entries before place `end`, from the last one
  /// on, until `gone` is full. Returns the place it has come to; 0: it is through.
  std::size_t drop(std::size_t end, std::uint64_t floor, LeavingItems& gone) noexcept;
  /// A reader or a writer was here.
  void touch() const noexcept {
    if (lap_.load(std::memory_order_relaxed) != table_.lap()) lap_.store(table_.lap(), std::memory_order_relaxed);
  }
  /// Since when nobody was.
  [[nodiscard]] std::uint8_t laps_unused() const noexcept {
    return static_cast<std::uint8_t>(table_.lap() - lap_.load(std::memory_order_relaxed));
  }

  [[nodiscard]] Items items() const;
  /// Every entry in memory, deleted ones too.
  [[nodiscard]] const std::vector<CachedItem>& all() const noexcept { return entries_; }
  /// Place in the order of the key's collections: the first live item's; 0 when there is none.
  [[nodiscard]] std::uint64_t first_sequence() const noexcept;

 private:
  [[nodiscard]] ItemKey key_of(std::string_view item_name) const noexcept {
    return {key_, key_hash_, name_, item_name};
  }
  void add(const ItemKey& key, const CachedItem& item, base::Counted<model::SharedVersionBase> base);
  void replace(const ItemKey& key, model::ItemState& before, const CachedItem& after) noexcept;
  CachedItem take_out(const model::ItemState& item) noexcept;
  void merge_row(const model::LoadedItem& row);
  void move_to_end(const model::ItemState& item);
  void renumber(std::size_t begin) noexcept;

  ItemTable& table_;
  const std::string_view key_;
  const std::uint64_t key_hash_;
  const std::string name_;
  bool loaded_;
  mutable std::atomic<std::uint8_t> lap_;
  std::vector<CachedItem> entries_;
};

}  // namespace cfp::cache
