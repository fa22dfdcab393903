#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "model/record.h"

namespace cfp::wal {

/// The items that records on their way change, as the last of them leaves each, and the requests that they answer:
/// records that have their place in the log, but that no reader sees yet. The records must outlive it, where they are.
/// Threads: one at a time.
class PendingItems {
 public:
  struct Change {
    const model::Record* last = nullptr;
    std::uint32_t records = 0;  ///< So many versions above what readers see.

    [[nodiscard]] bool is_live() const noexcept { return last->state->operation() == model::Operation::store; }
  };

  void add(const model::Record& record) {
    Change& change = changes_[Item{&record}];
    change.last = &record;
    ++change.records;
    if (record.request_id) requests_[*record.request_id] = &record;
  }
  /// The change of the item that the record is of; nullptr: none.
  [[nodiscard]] const Change* find(const model::Record& record) const {
    const auto found = changes_.find(Item{&record});
    return found == changes_.end() ? nullptr : &found->second;
  }
  /// The last record for that request; nullptr: none.
  [[nodiscard]] const model::Record* find_request(std::string_view id) const {
    const auto found = requests_.find(id);
    return found == requests_.end() ? nullptr : found->second;
  }
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [item, change] : changes_) visit(change);
  }

 private:
  struct Item {
    const model::Record* record;
    friend bool operator==(const Item& a, const Item& b) noexcept {
      return a.record->item_hash == b.record->item_hash && a.record->key() == b.record->key() &&
             a.record->collection_name() == b.record->collection_name() &&
             a.record->state->item_name() == b.record->state->item_name();
    }
  };
  struct Hash {
    std::size_t operator()(const Item& item) const noexcept { return item.record->item_hash; }
  };

  std::unordered_map<Item, Change, Hash> changes_;
  std::unordered_map<std::string_view, const model::Record*> requests_;
};

}  // namespace cfp::wal
