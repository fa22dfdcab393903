// A flush burns a processor and syncs the same disk; that slows everything beside it. What counts is how much more it
// slows store() than the bare disk.

#include <atomic>
#include <span>
#include <thread>

#include "bare_log.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kRows = 100'000;

/// Seconds of each call of `step` while a flush of kRows runs.
template <class Step>
std::vector<double> beside_flush(CollectionFastPersist& store, std::uint64_t& first, Step&& step) {
  fill(store, make_items(kRows, first));
  first += kRows;
  std::vector<double> samples;
  std::atomic<bool> flushed{false};
  std::jthread flush([&] {
    store.flush_data_to_duckdb();
    flushed = true;
  });
  while (!flushed) samples.push_back(seconds_of(step) * 1e6);
  return samples;
}

}  // namespace

void measure_store_beside_flush(const Options& options, Report& report) {
  const ScratchDirectory scratch(options.directory / "store_beside_flush");
  const auto store = open_store(quiet_config(scratch.path() / "store"));
  const std::vector<Item> items = make_items(10'000, 1'000'000'000);
  std::uint64_t first = 0;
  std::uint64_t at = 0;
  for (const Item& item : std::span(items).first(1000)) store_item(*store, item);
  const auto lines = read_log_lines(scratch.path() / "store", 1000);
  BareLog bare(scratch.path() / "bare.log", 64ULL << 20U);
  std::vector<double> ours, peer;  // of all rounds: one round has too few for a 99th percentile
  const Match match = take_turns(
      options.rounds,
      [&] {
        const auto samples = beside_flush(*store, first, [&] { store_item(*store, items[at++ % items.size()]); });
        ours.insert(ours.end(), samples.begin(), samples.end());
        return quantile(samples, 0.99);
      },
      [&] {
        const auto samples = beside_flush(*store, first, [&] { bare.append(lines[at++ % lines.size()]); });
        peer.insert(peer.end(), samples.begin(), samples.end());
        return quantile(samples, 0.99);
      });
  Row row = ratio_row("p99 of store() beside a flush / pwrite + fdatasync", "us", match, Goal::at_most, 1.5);
  row.ours = quantile(ours, 0.99);
  row.peer = quantile(peer, 0.99);
  row.judged = row.ours / row.peer;
  report.add(row);
  row.what = "median of the same";
  row.ours = median(ours);
  row.peer = median(peer);
  row.judged = row.lowest = row.highest = row.ours / row.peer;
  row.goal = Goal::none;
  report.add(row);
}

}  // namespace cfp::bench
