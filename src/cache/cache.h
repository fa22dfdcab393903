#pragma once

// What readers see: key -> collection -> item, in 64 shards by key. Only durable records get in. A collection that
// nobody has read is an overlay of what was stored lately; the first read loads the rest from the latest table.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/record.h"
#include "model/loaded_collection.h"
#include "model/record.h"

namespace cfp::cache {

/// A snapshot of the latest table, and a pin that keeps what was stored after it from being forgotten by the cache
/// until the snapshot is merged.
struct Snapshot {
  std::vector<model::LoadedCollection> collections;
  std::shared_ptr<const void> pin;
};

/// Reads all collections of a key, or one. Called with no mutex held; may throw, and the read that caused it throws.
using Loader = std::function<Snapshot(std::string_view key, std::optional<std::string_view> collection_name)>;

/// Where the counting of an item's versions stands.
struct ItemPlace {
  std::uint32_t version = 0;  ///< Deletes count, too.
  bool is_live = false;
};

struct CachedKey;

/// Threads: reads from any thread; `apply` and `forget` one at a time each. A read of what is loaded waits for no disk.
/// Concurrent first reads of one key share one load.
class Cache {
 public:
  explicit Cache(Loader loader);
  ~Cache();

  [[nodiscard]] std::optional<cfp::Record> get_item(std::string_view key, std::string_view collection_name,
                                                    std::string_view item_name);
  /// As `get_item` when that needs no load, nullopt otherwise.
  [[nodiscard]] std::optional<std::optional<cfp::Record>> peek_item(std::string_view key,
                                                                    std::string_view collection_name,
                                                                    std::string_view item_name) const;
  /// How often the item was stored or deleted, and whether it is there now; nullopt when that needs a load.
  [[nodiscard]] std::optional<ItemPlace> place_of(std::string_view key, std::string_view collection_name,
                                                  std::string_view item_name) const;
  /// As `get_collection` and `get_key` when that needs no load, nullopt otherwise.
  [[nodiscard]] std::optional<std::optional<Items>> peek_collection(std::string_view key,
                                                                    std::string_view collection_name) const;
  [[nodiscard]] std::optional<std::optional<Collections>> peek_key(std::string_view key) const;
  [[nodiscard]] std::optional<Items> get_collection(std::string_view key, std::string_view collection_name);
  [[nodiscard]] std::optional<Collections> get_key(std::string_view key);

  /// Takes durable records in, in order, and fills their version links. Readers see all of an atomic batch or nothing.
  void apply(std::span<model::Record> records, bool atomic);
  /// These records are in the latest table now: overlays need not keep them.
  void forget(std::span<const model::Record> records);

  /// Keys with at least one collection in memory.
  [[nodiscard]] std::uint64_t keys() const;
  /// Their names, in no order that means anything.
  [[nodiscard]] std::vector<std::string> key_names() const;
  /// Names that are known to have no row, in memory.
  [[nodiscard]] std::uint64_t misses() const;

 private:
  struct Shard;

  Shard& shard_of(std::uint64_t key_hash) const noexcept;
  void load(Shard& shard, std::string_view key, std::optional<std::string_view> collection_name);
  static void merge(Shard& shard, std::string_view key, std::optional<std::string_view> collection_name,
                    const Snapshot& snapshot);

  const Loader loader_;
  std::unique_ptr<std::array<Shard, 64>> shards_;
};

}  // namespace cfp::cache
