#include "history/past_names.h"

#include <algorithm>

#include "history/name_merge.h"
#include "history/past_collections.h"
#include "history/pinned_past.h"

namespace cfp::history {
namespace {

/// Those that are in the range, in its order, as many as it takes.
template <class Out, class NameOf>
void cut_to_page(std::vector<Out>& all, const tables::NameRange& range, NameOf name_of) {
  std::erase_if(all, [&](const Out& one) { return !range.contains(name_of(one)); });
  std::ranges::sort(all, [&](const Out& a, const Out& b) { return range.precedes(name_of(a), name_of(b)); });
  if (all.size() > range.limit) all.erase(all.begin() + static_cast<std::ptrdiff_t>(range.limit), all.end());
}

}  // namespace

std::uint64_t sequence_of(const PastSources& sources, const AsOf& as_of) {
  const PinnedPast past(sources);
  past.wait_for(sources.unflushed.announced());
  return std::min(past.last_sequence(as_of), std::max(past.floor(), sources.unflushed.last_sequence()));
}

std::vector<std::string> keys_at(const PastSources& sources, std::uint64_t sequence, const ListQuery& query) {
  const tables::NameRange range = range_of(query);
  const PinnedPast past(sources);
  past.wait_for(std::min(sequence, sources.unflushed.announced()));
  std::vector<const model::Record*> changes = sources.unflushed.after(past.floor(), SIZE_MAX);
  std::erase_if(changes, [=](const model::Record* record) { return record->sequence() > sequence; });
  sort_by_names(changes);
  const auto changed =
      divided(changes, range, [](const model::Record& record) -> std::string_view { return record.key(); });
  return merged<std::string>(
      range, changed,
      [&](const tables::NameRange& page) {
        return past.with_table(
            [&](tables::ItemPast& table) { return table.keys_at(page, std::min(sequence, past.floor())); });
      },
      [](const tables::PastKey& key) -> std::string_view { return key.name; },
      [&](std::string_view name, tables::PastKey* row, Changes of_key) -> std::optional<std::string> {
        const bool was_there = row != nullptr && row->has_items;
        const bool is_sure = of_key.empty() ? was_there : has_store(of_key);
        if (!is_sure && (!was_there || of_key.empty() || !key_at(sources, name, AsOf(sequence)))) return std::nullopt;
        return std::string(name);
      });
}

std::vector<std::string> collections_at(const PastSources& sources, std::string_view key, std::uint64_t sequence,
                                        const ListQuery& query) {
  const tables::NameRange range = range_of(query);
  std::vector<std::string> names;
  if (const auto collections = key_at(sources, key, AsOf(sequence))) {
    for (const auto& collection : *collections) names.push_back(collection.name);
  }
  cut_to_page(names, range, [](const std::string& name) -> std::string_view { return name; });
  return names;
}

std::vector<Record> items_at(const PastSources& sources, std::string_view key, std::string_view collection_name,
                             std::uint64_t sequence, const ListQuery& query) {
  const tables::NameRange range = range_of(query);
  std::vector<Record> records;
  if (const auto items = collection_at(sources, key, collection_name, AsOf(sequence))) {
    records.assign(items->begin(), items->end());
  }
  cut_to_page(records, range, [](const Record& record) -> std::string_view { return record.item_name(); });
  return records;
}

}  // namespace cfp::history
