// store() that need not wait for the disk: a burst, and what can be sustained. The second ends at what the tables take.

#include <fstream>

#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kBurst = 200'000;
constexpr double kSustainedSeconds = 60;

CollectionConfig relaxed(CollectionConfig config) {
  config.durability = Durability::interval;
  return config;
}

double resident_mb() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4096 / 1e6;
}

void measure_burst(const Options& options, const std::vector<Item>& items, Report& report) {
  for (const int threads : {1, 2}) {
    std::vector<double> rates;
    for (int round = 0; round < options.rounds; ++round) {
      const ScratchDirectory scratch(options.directory / "interval_stores");
      const auto store = open_store(relaxed(quiet_config(scratch.path() / "store")));
      rates.push_back(static_cast<double>(kBurst) /
                      run_threads(threads, kBurst, [&](std::uint64_t i) { store_item(*store, items[i]); }));
    }
    report.add(figure_row("burst of 200,000 stores with durability interval, " + std::to_string(threads) +
                              (threads == 1 ? " thread" : " threads"),
                          "stores/s", rates, threads == 2 ? Goal::at_least : Goal::none, 400'000));
  }
}

/// Rows a second that a flush moves when nothing else is done, latest included.
double flush_rate(const std::filesystem::path& directory, const std::vector<Item>& items) {
  const ScratchDirectory scratch(directory);
  const auto store = open_store(relaxed(quiet_config(scratch.path() / "store")));
  run_threads(1, items.size(), [&](std::uint64_t i) { store_item(*store, items[i]); });
  return static_cast<double>(items.size()) / seconds_of([&] { store->flush_data_to_duckdb(); });
}

void measure_sustained(const Options& options, const std::vector<Item>& items, Report& report) {
  std::vector<double> flushes, rates;
  for (int round = 0; round < 3; ++round) flushes.push_back(flush_rate(options.directory / "interval_stores", items));
  const ScratchDirectory scratch(options.directory / "interval_stores");
  CollectionConfig config;
  config.base_dir = scratch.path() / "store";
  const auto store = open_store(relaxed(config));
  const auto turn = [&] {
    return calls_per_second(1, kSustainedSeconds / 6,
                            [&](std::uint64_t i) { store_item(*store, items[i % items.size()]); });
  };
  rates.push_back(turn());
  const double memory_before = resident_mb();
  for (int i = 0; i < 5; ++i) rates.push_back(turn());
  const double memory_after = resident_mb();
  rates.erase(rates.begin());  // memory took what the tables did not
  report.add(ratio_row("stores sustained for 50 s, durability interval / flush of as many", "stores/s",
                       {rates, std::vector<double>(rates.size(), median(flushes))}, Goal::at_least, 0.8));
  report.add(figure_row("growth of memory meanwhile", "MB", {memory_after - memory_before}, Goal::none, 0));
}

}  // namespace

void measure_interval_stores(const Options& options, Report& report) {
  const std::vector<Item> items = make_items(kBurst);
  measure_burst(options, items, report);
  measure_sustained(options, items, report);
}

}  // namespace cfp::bench
