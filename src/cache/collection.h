#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/record.h"
#include "model/loaded_collection.h"
#include "model/record.h"

namespace cfp::cache {

/// The items of one collection in memory, in the order of their first store, found by name.
///
/// It is either *loaded* (it knows every item, and versions are absolute) or an *overlay*: only what was stored since
/// the latest table's watermark, with versions counted from a base that nobody knows yet. `merge` turns the second into
/// the first. A deleted item keeps its entry while the collection is loaded, so that counting goes on.
/// Threads: guarded by the shard that owns it.
class Collection {
 public:
  /// `loaded`: the latest table is known to have no row of it.
  Collection(std::string name, bool loaded) : name_(std::move(name)), loaded_(loaded) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool loaded() const noexcept { return loaded_; }
  [[nodiscard]] std::size_t entries() const noexcept { return entries_.size(); }

  /// Takes a durable record in, and fills its version link.
  void apply(model::Record& record);
  /// What the latest table had, for an overlay; nothing when `loaded` is null: the table has no row of it.
  void merge(const model::LoadedCollection* loaded);
  /// Drops an overlay's entry of this record's item if no later record took its place.
  void forget(const model::Record& record);

  /// The item's record; nullopt for a missing or deleted one.
  [[nodiscard]] std::optional<cfp::Record> find(std::string_view item_name) const;
  [[nodiscard]] Items items() const;
  /// Place in the order of the key's collections: the first live item's; 0 when there is none.
  [[nodiscard]] std::uint64_t first_sequence() const noexcept;

 private:
  /// What a search reads comes first. The name is the state's own, found without going through the state: a read of
  /// something that no processor cache has then waits for memory once, not three times.
  struct Entry {
    std::shared_ptr<const model::ItemState> state;
    const char* name = nullptr;
    std::uint32_t name_size = 0;
    std::uint32_t hash = 0;                          // of the name
    std::shared_ptr<model::SharedVersionBase> base;  // overlay only
    std::uint64_t first_sequence = 0;                // 0: deleted
    std::uint32_t version = 0;                       // overlay: the step above the base
    bool reset = false;  // overlay: deleted in between, so the table's first_sequence does not count

    void set_state(std::shared_ptr<const model::ItemState> of_item);
  };

  [[nodiscard]] std::size_t position(std::string_view item_name) const noexcept;
  void add(Entry entry);
  void merge_entry(Entry entry);
  void remove(std::size_t at);
  void rebuild_index();

  std::string name_;
  bool loaded_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> index_;  // open addressing by hash: position + 1, or 0; size a power of two
};

}  // namespace cfp::cache
