// get_item() of items in memory, random among 100,000, against the plainest thing that could do it: a hash map of
// joined names to shared pointers, under a shared mutex. Names are joined beforehand, which favours the map.

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <unordered_map>

#include "contender.h"
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

/// Names as they are asked for: one text for both contenders, so that reading it costs both the same.
struct Question {
  explicit Question(const Item& item)
      : key_size(item.key.size()),
        collection_end(key_size + 1 + item.collection_name.size()),
        text(joined_name(item)) {}
  [[nodiscard]] std::string_view key() const { return std::string_view(text).substr(0, key_size); }
  [[nodiscard]] std::string_view collection_name() const {
    return std::string_view(text).substr(key_size + 1, collection_end - key_size - 1);
  }
  [[nodiscard]] std::string_view item_name() const { return std::string_view(text).substr(collection_end + 1); }

  std::size_t key_size, collection_end;
  std::string text;
};

/// Everything that the readers share.
struct Shelf {
  explicit Shelf(const Options& options) : scratch(options.directory / "warm_reads") {
    const std::vector<Item> items = make_items(kItems);
    store = open_store(quiet_config(scratch.path()));
    fill(*store, items);
    for (std::uint64_t i = 0; i < kItems; ++i) {
      const auto record = store->get_item(items[i].key, items[i].collection_name, items[i].item_name);
      map.emplace(joined_name(items[i]), std::make_shared<MapEntry>(MapEntry{std::string(record->item_name()),
                                                                             std::string(record->data_text()),
                                                                             record->value(), record->sequence()}));
      questions.emplace_back(items[scramble(i) % kItems]);
    }
  }

  std::shared_ptr<const MapEntry> find(const std::string& name) const {
    const std::shared_lock lock(mutex);
    const auto at = map.find(name);
    return at == map.end() ? nullptr : at->second;
  }

  ScratchDirectory scratch;
  std::vector<Question> questions;
  std::unique_ptr<CollectionFastPersist> store;
  std::unordered_map<std::string, std::shared_ptr<const MapEntry>> map;
  mutable std::shared_mutex mutex;
};

void read_store(benchmark::State& state, Shelf& shelf) {
  std::uint64_t at = static_cast<std::uint64_t>(state.thread_index()) * (kItems / 2);
  std::uint64_t sum = 0;
  for (auto _ : state) {
    const Question& asked = shelf.questions[at++ % kItems];
    sum += shelf.store->get_item(asked.key(), asked.collection_name(), asked.item_name())->sequence();
  }
  benchmark::DoNotOptimize(sum);
}

void read_map(benchmark::State& state, Shelf& shelf) {
  std::uint64_t at = static_cast<std::uint64_t>(state.thread_index()) * (kItems / 2);
  std::uint64_t sum = 0;
  for (auto _ : state) sum += shelf.find(shelf.questions[at++ % kItems].text)->sequence;
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
