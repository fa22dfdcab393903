#include "history/past_collections.h"

#include <algorithm>
#include <vector>

#include "history/past_item.h"

namespace cfp::history {
namespace {

/// Rows of the table that are looked at one by one rather than by one scan, for all items of a call: a good millisecond
/// each at 10 M rows, where the scan takes 35 and more.
constexpr std::uint64_t kRowsOfAllItems = 24;

std::uint64_t newest_of(const std::vector<cache::LastRecords>& collections) {
  std::uint64_t newest = 0;
  for (const cache::LastRecords& collection : collections) {
    for (const cache::LastRecord& item : collection.items) newest = std::max(newest, item.state->sequence);
  }
  return newest;
}

void read_table(const PinnedPast& past, std::vector<PastItem*> unknown, std::uint64_t through) {
  std::uint64_t rows = 0;
  for (const PastItem* item : unknown) rows += item->rows_left();
  if (rows <= kRowsOfAllItems) {
    for (PastItem* item : unknown) item->walk_table(past);
  }
  std::erase_if(unknown, [](const PastItem* item) { return item->is_known(); });
  if (unknown.empty()) return;
  std::vector<tables::ItemName> names;
  names.reserve(unknown.size());
  for (const PastItem* item : unknown) names.push_back(hashed(item->names()));
  const auto found =
      past.with_table([&](tables::ItemPast& table) { return table.items_at(names, std::min(through, past.floor())); });
  for (std::size_t i = 0; i < unknown.size(); ++i) unknown[i]->take(found[i]);
}

struct PastCollection {
  std::uint64_t first_sequence = 0;
  Collection collection;
};

PastCollection in_order(const std::string& name, std::vector<PastItem>& items) {
  std::erase_if(items, [](const PastItem& item) { return !item.record(); });
  std::vector<const PastItem*> order;
  order.reserve(items.size());
  for (const PastItem& item : items) order.push_back(&item);
  std::ranges::sort(order, {}, &PastItem::first_sequence);
  std::vector<Record> records;
  records.reserve(order.size());
  for (const PastItem* item : order) records.push_back(*item->record());
  return {order.empty() ? 0 : order.front()->first_sequence(), {name, Items(std::move(records))}};
}

Collections collections_at(const PastSources& sources, std::string_view key,
                           std::optional<std::string_view> collection_name, const AsOf& as_of) {
  const PinnedPast past(sources);
  auto last = sources.cache.last_records(key, collection_name);
  past.wait_for(newest_of(last));  // what anybody may have seen counts, and batches are there whole
  const std::uint64_t through = past.last_sequence(as_of);
  if (as_of.time()) {  // after that, so it has every record up to there
    last = sources.cache.last_records(key, collection_name);
    past.wait_for(newest_of(last));
  }
  std::vector<std::vector<PastItem>> items(last.size());
  std::vector<PastItem*> unknown;
  for (std::size_t i = 0; i < last.size(); ++i) {
    items[i].reserve(last[i].items.size());
    for (const cache::LastRecord& record : last[i].items) {
      PastItem& item =
          items[i].emplace_back(ItemNames{key, last[i].collection_name, record.state->item_name()}, record, through);
      item.walk_memory(past);
      if (!item.is_known()) unknown.push_back(&item);
    }
  }
  if (!unknown.empty()) read_table(past, std::move(unknown), through);
  std::vector<PastCollection> found;
  for (std::size_t i = 0; i < last.size(); ++i) {
    PastCollection collection = in_order(last[i].collection_name, items[i]);
    if (collection.first_sequence != 0) found.push_back(std::move(collection));
  }
  std::ranges::sort(found, {}, &PastCollection::first_sequence);
  Collections result;
  for (PastCollection& collection : found) result.push_back(std::move(collection.collection));
  return result;
}

}  // namespace

std::optional<Items> collection_at(const PastSources& sources, std::string_view key, std::string_view collection_name,
                                   const AsOf& as_of) {
  Collections found = collections_at(sources, key, collection_name, as_of);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front().items));
}

std::optional<Collections> key_at(const PastSources& sources, std::string_view key, const AsOf& as_of) {
  Collections found = collections_at(sources, key, std::nullopt, as_of);
  return found.empty() ? std::nullopt : std::optional(std::move(found));
}

}  // namespace cfp::history
