// store() by many threads beside what a user might pick instead: rates and latencies. Everything by default: the tables
// are filled beside it.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "contender.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kItems = 100'000;
constexpr std::uint64_t kMostCallsOfATurn = 200'000;

/// The least that ours is to be of a peer, by threads; none where nothing is said.
struct Bound {
  const char* peer;
  std::map<int, double> by_threads;
};

const std::vector<Bound>& bounds() {
  static const std::vector<Bound> all = {
      {"RocksDB", {{1, 1.3}, {4, 1.3}, {8, 1.4}, {16, 1.6}, {64, 1.6}}},
      {"RocksDB, recycled logs", {{1, 1.3}, {4, 1.3}, {8, 1.4}, {16, 1.6}, {64, 1.6}}},
      {"LevelDB", {{4, 1.1}, {8, 1.1}, {16, 1.2}, {64, 1.3}}},
      {"SQLite", {{1, 1.2}}},
  };
  return all;
}

class Runner {
 public:
  Runner(std::unique_ptr<Contender> contender, const std::vector<Item>& items)
      : items_(items), contender_(std::move(contender)), latencies_us_(kMostCallsOfATurn) {}

  /// Turns go on through the items, so that each stores names that are new for a while.
  double turn(int threads, double seconds) {
    const std::uint64_t first = next_;
    std::atomic<std::uint64_t> calls{0};
    const double rate = calls_per_second(threads, seconds, [&](std::uint64_t i) {
      const double spent = seconds_of([&] { contender_->store(items_[(first + i) % items_.size()]); });
      if (i < kMostCallsOfATurn) latencies_us_[i] = spent * 1e6;
      ++calls;
    });
    next_ += calls;
    const auto end =
        latencies_us_.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(calls, kMostCallsOfATurn));
    auto& all = latencies_by_threads_[threads];
    all.insert(all.end(), latencies_us_.begin(), end);
    return rate;
  }
  /// Of all turns with so many threads.
  [[nodiscard]] const std::vector<double>& latencies_us(int threads) const { return latencies_by_threads_.at(threads); }

 private:
  const std::vector<Item>& items_;
  std::unique_ptr<Contender> contender_;
  std::uint64_t next_ = 0;
  std::vector<double> latencies_us_;
  std::map<int, std::vector<double>> latencies_by_threads_;
};

void add_rows(const std::vector<Kind>& kinds, const std::vector<std::vector<double>>& rates, int threads,
              Report& report) {
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    const std::string what =
        "store(), " + std::to_string(threads) + (threads == 1 ? " thread / " : " threads / ") + kinds[i].name;
    double bound = 0;
    for (const Bound& known : bounds()) {
      const auto at = known.by_threads.find(threads);
      if (kinds[i].name == known.peer && at != known.by_threads.end()) bound = at->second;
    }
    report.add(ratio_row(what, "stores/s", {rates[0], rates[i]}, bound == 0 ? Goal::none : Goal::at_least, bound));
  }
}

}  // namespace

void measure_stores_by_threads(const Options& options, Report& report) {
  const ScratchDirectory scratch(options.directory / "stores_by_threads");
  std::vector<Item> items = make_items(kItems);
  // Once more with other data: SQLite writes and syncs nothing where a row is already what it is to be.
  for (std::uint64_t i = 0; i < kItems; ++i) items.push_back(make_item(i, 1));
  const std::vector<Kind> kinds = all_kinds();
  std::vector<Runner> runners;
  for (const Kind& kind : kinds) runners.emplace_back(open_in(scratch.path(), kind), items);
  for (const int threads : {1, 2, 4, 8, 16, 64}) {
    const auto rates = take_turns_of(runners.size(), options.rounds, [&](std::size_t i) {
      return runners[i].turn(threads, seconds_of_a_turn(options));
    });
    add_rows(kinds, rates, threads, report);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      report.add(point("stores_by_threads", kinds[i].name, threads, rates[i]));
      if (threads != 1 && threads != 16) continue;
      for (const double share : {0.5, 0.9, 0.99, 0.999}) {
        const double latency = quantile(runners[i].latencies_us(threads), share);
        report.add(Point{"latency_" + std::to_string(threads), kinds[i].name, 100 * share, latency, latency, latency});
      }
    }
  }
}

}  // namespace cfp::bench
