// A flush moves records that are new to the store into history. The least it can cost is to append the same columns.

#include "duckdb_peer.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {

void measure_flush(const Options& options, Report& report) {
  constexpr std::uint64_t kRows = 10'000;
  const ScratchDirectory scratch(options.directory / "flush");
  const auto store = open_store(quiet_config(scratch.path() / "store"));
  DuckDbPeer peer(scratch.path() / "peer.duckdb");
  peer.create_history();
  std::uint64_t first = 0;
  std::vector<Item> items;
  report.add(ratio_row("flush of 10,000 new items / bare append to DuckDB", "rows/s",
                       take_turns(
                           options.rounds,
                           [&] {
                             items = make_items(kRows, first);
                             first += kRows;
                             fill(*store, items);
                             return kRows / seconds_of([&] { store->flush_data_to_duckdb(); });
                           },
                           [&] {
                             const auto rows = make_items(kRows, first);
                             return kRows / peer.append_seconds(rows);
                           }),
                       Goal::at_least, 0.7));
}

}  // namespace cfp::bench
