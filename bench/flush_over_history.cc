// A flush must not cost more the longer history is: the same over a large store and over one of ten thousand rows.

#include "large_store.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {

void measure_flush_over_history(const Options& options, Report& report) {
  constexpr std::uint64_t kRows = 10'000;
  const ScratchDirectory scratch(options.directory / "flush_over_history");
  Options small_options = options;
  small_options.directory = scratch.path();
  small_options.items = kRows;
  const auto large = open_store(prepare_large_store(options, report));
  const auto small = open_store(prepare_large_store(small_options, report));
  std::uint64_t first = 4 * options.items;  // beyond all that either has
  const auto flush_ms = [&](CollectionFastPersist& store) {
    const auto items = make_items(kRows, first);
    first += kRows;
    fill(store, items);
    for (const Item& item : items) static_cast<void>(store.get_key(item.key, item.collection_name));  // loaded
    return 1000 * seconds_of([&] { store.flush_data_to_duckdb(); });
  };
  report.add(ratio_row(
      "flush of 10,000 loaded items over " + std::to_string(options.items / 1'000'000) + "M rows / over 10,000", "ms",
      take_turns(
          options.rounds, [&] { return flush_ms(*large); }, [&] { return flush_ms(*small); }),
      Goal::at_most, 1.3));
  large->close();
}

}  // namespace cfp::bench
