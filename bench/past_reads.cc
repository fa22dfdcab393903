// Reading the past of items whose versions lie all over a long history.

#include <functional>
#include <stdexcept>

#include "large_store.h"
#include "measurements.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kReadItems = 100, kVersions = 10, kRowsBetween = 20'000;

/// Gives each of the items more versions, with rows of other items between them.
void grow(CollectionFastPersist& store, const std::vector<Item>& items, std::uint64_t others_from) {
  for (std::uint64_t version = 0; version < kVersions; ++version) {
    fill(store, items);
    std::vector<Item> others;
    for (std::uint64_t i = 0; i < kRowsBetween; ++i) others.push_back(make_item(others_from + i, version));
    fill(store, others);
    store.flush_data_to_duckdb();
  }
}

std::vector<double> read_ms(const std::vector<Item>& items, const std::function<void(const Item&)>& read) {
  read(items.front());
  std::vector<double> samples;
  for (const Item& item : items) samples.push_back(1000 * seconds_of([&] { read(item); }));
  return samples;
}

}  // namespace

void measure_past_reads(const Options& options, Report& report) {
  const CollectionConfig config = prepare_large_store(options, report);
  std::vector<Item> items;
  for (std::uint64_t i = 0; i < kReadItems; ++i) items.push_back(make_item(i * kItemsPerCollection, 1));
  {
    const auto store = open_store(config);
    grow(*store, items, kReadItems * kItemsPerCollection);
    store->close();
  }
  const auto store = open_store(config);
  const std::uint64_t long_ago = options.items;
  for (const Item& item : items) static_cast<void>(store->get_item(item.key, item.collection_name, item.item_name));
  const auto versions = [&](std::int64_t limit) {
    return [&store, limit](const Item& item) {
      HistoryQuery query;
      query.limit = limit;
      const auto found = store->get_history(item.key, item.collection_name, item.item_name, query);
      if (found.size() < std::min<std::size_t>(kVersions, static_cast<std::size_t>(limit))) {
        throw std::logic_error("versions are missing");
      }
    };
  };
  const std::string size = ", " + std::to_string(options.items / 1'000'000) + "M rows of history";
  report.add(figure_row("newest 5 versions" + size, "ms", read_ms(items, versions(5)), Goal::at_most, 5));
  report.add(figure_row("versions in a page of 100" + size, "ms", read_ms(items, versions(100)), Goal::at_most, 25));
  report.add(figure_row("a collection as of long ago" + size, "ms",
                        read_ms(items,
                                [&](const Item& item) {
                                  const auto found = store->get_key(item.key, item.collection_name, AsOf(long_ago));
                                  if (!found || found->empty()) throw std::logic_error("the collection was there");
                                }),
                        Goal::at_most, 40));
  store->close();
}

}  // namespace cfp::bench
