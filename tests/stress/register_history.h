#pragma once

// Judges whether what several threads stored in one item and read of it has an order that agrees with real time. The
// sequences say what the order of the stores is, so that one look at each event is enough, once they are sorted.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace cfp::stress {

using Moment = std::chrono::steady_clock::time_point;

/// A call, from just before it to just after it.
struct ItemStore {
  Moment begin, end;
  std::uint64_t sequence = 0;
  std::int64_t number = 0;  ///< The value: of no other store of the item.
};
struct ItemRead {
  Moment begin, end;
  std::uint64_t sequence = 0;  ///< 0: there was no item.
  std::uint32_t version = 0;
  std::int64_t number = 0;
};

struct RegisterHistory {
  std::vector<ItemStore> stores;
  std::vector<ItemRead> reads;
};

/// The first thing that no order explains; empty when there is an order. `stores` are all there were.
inline std::string fault_of(RegisterHistory history) {
  auto& [stores, reads] = history;
  std::sort(stores.begin(), stores.end(), [](const auto& a, const auto& b) { return a.sequence < b.sequence; });
  // The latest begin up to each place: whoever has seen that store has seen all before it.
  std::vector<Moment> begun;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    if (stores[i].sequence == 0 || (i > 0 && stores[i].sequence == stores[i - 1].sequence)) {
      return "the sequence " + std::to_string(stores[i].sequence) + " was given twice, or is none";
    }
    if (i > 0 && stores[i].end < begun.back()) {
      return "the store " + std::to_string(stores[i].sequence) + " ended before one with a lower sequence began";
    }
    begun.push_back(i == 0 ? stores[i].begin : std::max(begun.back(), stores[i].begin));
  }
  for (const ItemRead& read : reads) {
    const std::string which = "a read of " + std::to_string(read.sequence);
    if (read.sequence == 0) continue;
    const auto store = std::lower_bound(stores.begin(), stores.end(), read.sequence,
                                        [](const ItemStore& one, std::uint64_t seen) { return one.sequence < seen; });
    if (store == stores.end() || store->sequence != read.sequence) return which + ", which nobody stored";
    const auto place = static_cast<std::size_t>(store - stores.begin());
    if (read.number != store->number) return which + " shows what another store stored";
    if (read.version != place + 1) return which + " has the version " + std::to_string(read.version);
    if (read.end < begun[place]) return which + " ended before it, or one before it, began to be stored";
  }
  // What was known by the time at which each read began: by the stores and by the reads that had ended.
  std::vector<std::pair<Moment, std::uint64_t>> known;
  for (const ItemStore& store : stores) known.emplace_back(store.end, store.sequence);
  for (const ItemRead& read : reads) known.emplace_back(read.end, read.sequence);
  std::sort(known.begin(), known.end());
  std::sort(reads.begin(), reads.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::uint64_t least = 0;
  auto next = known.begin();
  for (const ItemRead& read : reads) {
    for (; next != known.end() && next->first < read.begin; ++next) least = std::max(least, next->second);
    if (read.sequence < least) {
      return "a read of " + std::to_string(read.sequence) + " began after " + std::to_string(least) + " was known";
    }
  }
  return "";
}

}  // namespace cfp::stress
