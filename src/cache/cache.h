#pragma once

// What readers see: key -> collection -> item, in 64 shards by key. Only durable records get in. A collection that
// nobody has read is an overlay of what was stored lately; the first read loads the rest from the latest table. Where
// memory is bounded, what nobody has used for long becomes one again.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cache/shard_bits.h"
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

/// The last record of an item, a delete too.
struct LastRecord {
  model::State state;  ///< Of a delete that was loaded: its names and its sequence only.
  std::uint32_t version = 0;
  std::uint64_t first_sequence = 0;  ///< Place in the order of the collection; 0: deleted.
};

/// All items that a collection ever had.
struct LastRecords {
  std::string collection_name;
  std::vector<LastRecord> items;
};

/// How much may stay in memory.
struct Bound {
  std::uint64_t max_bytes = UINT64_MAX;
  /// Every snapshot that is merged from now on has all records up to this one. Called with no mutex of a shard held.
  std::function<std::uint64_t()> floor;
};

struct CachedKey;

/// Threads: reads from any thread; `apply` and `forget` one at a time each. A read of what is loaded waits for no disk.
/// Concurrent first reads of one key share one load.
class Cache {
 public:
  explicit Cache(Loader loader, Bound bound = {});
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

  /// What was last of an item, or of all items of a collection or of a key, in no particular order; nothing where there
  /// never was one. Loads what is not in memory.
  [[nodiscard]] std::optional<LastRecord> last_record(std::string_view key, std::string_view collection_name,
                                                      std::string_view item_name);
  [[nodiscard]] std::vector<LastRecords> last_records(std::string_view key,
                                                      std::optional<std::string_view> collection_name);

  /// Takes durable records in, in order, and fills their version links. Readers see all of an atomic batch or nothing.
  void apply(std::span<model::Record> records, bool atomic);
  /// These records are in the latest table now: overlays need not keep them. Makes room.
  void forget(std::span<const model::Record> records);

  /// While it lives, nothing of the key that is in memory leaves: for who must find there what it has loaded. Null
  /// where nothing ever leaves.
  [[nodiscard]] std::shared_ptr<const void> hold(std::string_view key);
  /// Memory of all that is here, whoever else has it as well.
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  /// Collections that have left to make room.
  [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_.load(std::memory_order_relaxed); }

  /// Keys with at least one collection in memory.
  [[nodiscard]] std::uint64_t keys() const;
  /// Their names, in no order that means anything.
  [[nodiscard]] std::vector<std::string> key_names() const;
  /// Names that are known to have no row, in memory.
  [[nodiscard]] std::uint64_t misses() const;

 private:
  struct Shard;

  std::optional<std::vector<LastRecords>> known_records(std::string_view key,
                                                        std::optional<std::string_view> collection_name) const;
  Shard& shard_of(std::uint64_t key_hash) const noexcept;
  /// What `peek` finds once all that it needs is in memory; nothing where there can be nothing.
  template <class Peek>
  auto load_until(std::string_view key, std::optional<std::string_view> collection_name, const Peek& peek) ->
      typename decltype(peek())::value_type;
  void load(std::string_view key, std::optional<std::string_view> collection_name, const std::function<void()>& use);
  static void merge(Shard& shard, std::string_view key, std::optional<std::string_view> collection_name,
                    const Snapshot& snapshot);
  void apply_at_once(std::span<model::Record> records);
  [[nodiscard]] bool is_over() const noexcept;
  void make_room_for(std::span<const model::Record> applied) noexcept;
  /// For a caller who has brought so many bytes, and does about as much work. Others may do the rest.
  void make_room_after(std::uint64_t brought) noexcept;
  /// As much as there can be, without locking anything for long.
  void make_all_room() noexcept;
  void sweep(std::uint64_t visits) noexcept;

  const Loader loader_;
  const Bound bound_;
  std::unique_ptr<std::array<Shard, 1U << kShardBits>> shards_;
  std::atomic<std::uint64_t> evicted_{0};
  std::mutex sweep_mutex_;
  std::size_t sweep_shard_ = 0;      // guarded by sweep_mutex_, as what follows
  std::uint64_t idle_laps_ = 0;      // since something left
  bool passed_a_busy_one_ = false;   // which may leave at another time
  std::uint64_t futile_floor_ = 0;   // With it nothing could leave,
  std::uint64_t futile_bytes_ = 0;   // nor can it while there are no more bytes than this.
  std::uint64_t unswept_bytes_ = 0;  // applied since room was last made; of `apply` alone
};

}  // namespace cfp::cache
