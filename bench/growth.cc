// How costs grow with what a store holds: from ten thousand items to ten million.

#include "large_store.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kReads = 200, kFlushed = 1000;

/// Milliseconds of each call.
template <class Call>
std::vector<double> times_ms(std::uint64_t calls, Call&& call) {
  std::vector<double> samples;
  for (std::uint64_t i = 0; i < calls; ++i) samples.push_back(1000 * seconds_of([&] { call(i); }));
  return samples;
}

void measure_size(const Options& options, Report& report) {
  const CollectionConfig config = prepare_large_store(options, report);
  const auto items = static_cast<double>(options.items);
  const std::uint64_t collections = options.items / kItemsPerCollection;
  const auto add = [&](const char* what, const std::vector<double>& samples) {
    report.add(point("growth", what, items, samples));
  };
  std::unique_ptr<CollectionFastPersist> store;
  add("open after a clean close", times_ms(5, [&](std::uint64_t) {
        if (store) store->close();
        store = open_store(config);
      }));
  const auto some_item = [&](std::uint64_t i) { return make_item(scramble(i) % collections * kItemsPerCollection, 1); };
  const auto first_read = [&](std::uint64_t i) {
    const Item item = some_item(i);
    static_cast<void>(store->get_key(item.key, item.collection_name));
  };
  times_ms(kReads, first_read);
  add("first read of a collection of 10", times_ms(kReads, [&](std::uint64_t i) { first_read(kReads + i); }));
  const auto warm_read = [&](std::uint64_t i) {
    const Item item = some_item(i % kReads);
    static_cast<void>(store->get_item(item.key, item.collection_name, item.item_name));
  };
  add("read of an item in memory", times_ms(10 * kReads, warm_read));
  add("store", times_ms(10 * kReads, [&](std::uint64_t i) { store_item(*store, some_item(i)); }));
  store->flush_data_to_duckdb();
  std::vector<double> flushes;
  for (std::uint64_t round = 0; round < 5; ++round) {
    std::vector<Item> cold;
    for (std::uint64_t i = 0; i < kFlushed; ++i) cold.push_back(some_item(1'000'000 + round * kFlushed + i));
    fill(*store, cold);
    flushes.push_back(1000 * seconds_of([&] { store->flush_data_to_duckdb(); }));
  }
  add("flush of 1,000 records", flushes);
  store->close();
}

}  // namespace

void measure_growth(const Options& options, Report& report) {
  for (std::uint64_t items = 10'000; items <= options.items; items *= 10) {
    report.say("  " + std::to_string(items) + " items");
    Options of_size = options;
    of_size.items = items;
    measure_size(of_size, report);
  }
}

}  // namespace cfp::bench
