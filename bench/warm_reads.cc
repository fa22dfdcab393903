// get_item() of items in memory, random among 100,000, against the plainest thing that could do it: a hash map of
// joined names to shared pointers, under a shared mutex. Names are joined beforehand, which favours the map.

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <unordered_map>

#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kItems = 100'000;

struct MapEntry {
  std::string item_name, data;
  Value value;
  std::uint64_t sequence = 0;
};

std::string joined(const Item& item) { return item.key + '\0' + item.collection_name + '\0' + item.item_name; }

/// Everything that the readers share.
struct Shelf {
  explicit Shelf(const Options& options) : scratch(options.directory / "warm_reads"), items(make_items(kItems)) {
    store = open_store(quiet_config(scratch.path()));
    fill(*store, items);
    for (std::uint64_t i = 0; i < kItems; ++i) {
      if (!store->get_item(items[i].key, items[i].collection_name, items[i].item_name)) {
        throw std::logic_error("an item that was stored is not there");
      }
      map.emplace(joined(items[i]),
                  std::make_shared<MapEntry>(MapEntry{items[i].item_name, items[i].data.text(), items[i].value, i}));
      asked.push_back(scramble(i) % kItems);
      names.push_back(joined(items[asked.back()]));
    }
    // The names that are asked for lie in the order of asking for both, so that reading them costs both the same.
    std::vector<Item> in_order;
    for (const std::uint64_t i : asked) in_order.push_back(items[i]);
    items = std::move(in_order);
  }

  std::shared_ptr<const MapEntry> find(const std::string& name) const {
    const std::shared_lock lock(mutex);
    const auto at = map.find(name);
    return at == map.end() ? nullptr : at->second;
  }

  ScratchDirectory scratch;
  std::vector<Item> items;
  std::vector<std::uint64_t> asked;
  std::vector<std::string> names;
  std::unique_ptr<CollectionFastPersist> store;
  std::unordered_map<std::string, std::shared_ptr<const MapEntry>> map;
  mutable std::shared_mutex mutex;
};

void read_store(benchmark::State& state, Shelf& shelf) {
  std::uint64_t at = static_cast<std::uint64_t>(state.thread_index()) * (kItems / 2);
  std::uint64_t sum = 0;
  for (auto _ : state) {
    const Item& item = shelf.items[at++ % kItems];
    sum += shelf.store->get_item(item.key, item.collection_name, item.item_name)->sequence();
  }
  benchmark::DoNotOptimize(sum);
}

void read_map(benchmark::State& state, Shelf& shelf) {
  std::uint64_t at = static_cast<std::uint64_t>(state.thread_index()) * (kItems / 2);
  std::uint64_t sum = 0;
  for (auto _ : state) sum += shelf.find(shelf.names[at++ % kItems])->sequence;
  benchmark::DoNotOptimize(sum);
}

/// Keeps reads per second of each repetition, by name.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration || run.error_occurred) continue;
      rates[run.run_name.function_name + (run.threads > 1 ? "/2" : "/1")].push_back(
          static_cast<double>(run.iterations) / run.real_accumulated_time);
    }
  }
  std::map<std::string, std::vector<double>> rates;
};

}  // namespace

void measure_warm_reads(const Options& options, Report& report) {
  Shelf shelf(options);
  for (const auto& [name, function] : {std::pair{"store", &read_store}, std::pair{"map", &read_map}}) {
    for (const int threads : {1, 2}) {
      auto* const run = benchmark::RegisterBenchmark(
          name, [function = function, &shelf](benchmark::State& state) { function(state, shelf); });
      run->Threads(threads)->UseRealTime()->Repetitions(options.rounds)->MinTime(0.4);
    }
  }
  std::string program = "cfp_bench";
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments = {program.data(), interleave.data()};
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  auto& rates = collector.rates;
  report.add(ratio_row("get_item() warm, 1 thread / map under a shared mutex", "reads/s",
                       {rates["store/1"], rates["map/1"]}, Goal::at_least, 0.8));
  report.add(ratio_row("get_item() warm, 2 threads / 1 thread", "reads/s", {rates["store/2"], rates["store/1"]},
                       Goal::at_least, 1.7));
  report.add(ratio_row("the map, 2 threads / 1 thread", "reads/s", {rates["map/2"], rates["map/1"]}, Goal::none, 0));
}

}  // namespace cfp::bench
