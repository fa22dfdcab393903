#pragma once

// What a store must tell of its past, in the simplest form there is: the list of all that was stored and deleted.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cfp/collection_fast_persist.h"

namespace cfp::oracle {

struct PastName {
  std::string key, collection_name, item_name;
  friend auto operator<=>(const PastName&, const PastName&) = default;
};

/// Threads: one.
class PastModel {
 public:
  struct Change {
    PastName name;
    bool deletes = false;
    std::int64_t value = 0;
    std::string username;
    std::uint64_t batch = 0;
    std::uint64_t sequence = 0;
    std::uint32_t version = 0;
  };

  /// The changes of one call, in their order, of which the last got this number. Deletes of what is not there are none.
  void add(std::vector<Change> changes, std::uint64_t last_sequence, bool is_batch) {
    std::uint64_t sequence = last_sequence - changes.size();
    const std::uint64_t first = sequence + 1;
    for (Change& change : changes) {
      change.sequence = ++sequence;
      change.version = static_cast<std::uint32_t>(of(change.name).size()) + 1;
      if (is_batch) change.batch = first;
      changes_.push_back(std::move(change));
    }
  }
  [[nodiscard]] std::uint64_t last_sequence() const { return changes_.empty() ? 0 : changes_.back().sequence; }
  [[nodiscard]] bool has(const PastName& name) const {
    const auto changes = of(name);
    return !changes.empty() && !changes.back().deletes;
  }
  /// The changes of one item, in order.
  [[nodiscard]] std::vector<Change> of(const PastName& name) const {
    std::vector<Change> found;
    std::ranges::copy_if(changes_, std::back_inserter(found), [&](const Change& c) { return c.name == name; });
    return found;
  }
  /// The sequence that counts as of this one: before a batch for one within it.
  [[nodiscard]] std::uint64_t settled(std::uint64_t sequence) const {
    const Change* const at = find(sequence);
    const Change* const next = find(sequence + 1);
    return at != nullptr && next != nullptr && at->batch != 0 && at->batch == next->batch ? at->batch - 1 : sequence;
  }
  /// The items that a collection had at a sequence, in order of their first store since they were deleted last.
  [[nodiscard]] std::vector<Change> collection_at(const std::string& key, const std::string& collection_name,
                                                  std::uint64_t sequence) const {
    std::vector<Change> items;
    for (const Change& change : changes_) {
      if (change.sequence > settled(sequence)) break;
      if (change.name.key != key || change.name.collection_name != collection_name) continue;
      const auto at = std::ranges::find(items, change.name, &Change::name);
      if (change.deletes) {
        items.erase(at);
      } else if (at != items.end()) {
        *at = change;
      } else {
        items.push_back(change);
      }
    }
    return items;
  }
  [[nodiscard]] const Change* find(std::uint64_t sequence) const {
    const auto at = std::ranges::find(changes_, sequence, &Change::sequence);
    return at == changes_.end() ? nullptr : &*at;
  }

 private:
  std::vector<Change> changes_;
};

inline void expect_version(const PastModel::Change& wanted, const ItemVersion& read) {
  EXPECT_EQ(read.record.sequence(), wanted.sequence);
  EXPECT_EQ(read.record.version(), wanted.version);
  EXPECT_EQ(read.record.item_name(), wanted.name.item_name);
  EXPECT_EQ(read.deleted, wanted.deletes);
  EXPECT_EQ(read.username.value_or(""), wanted.username);
  EXPECT_EQ(read.batch, wanted.batch);
  EXPECT_EQ(read.record.value(), wanted.deletes ? Value() : Value(wanted.value));
}

inline void expect_items(const std::vector<PastModel::Change>& wanted, const std::optional<Items>& read) {
  ASSERT_EQ(read.has_value(), !wanted.empty());
  if (!read) return;
  ASSERT_EQ(read->size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ((*read)[i].sequence(), wanted[i].sequence);
    EXPECT_EQ((*read)[i].version(), wanted[i].version);
    EXPECT_EQ((*read)[i].item_name(), wanted[i].name.item_name);
    EXPECT_EQ((*read)[i].value(), Value(wanted[i].value));
  }
}

}  // namespace cfp::oracle
