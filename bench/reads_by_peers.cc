// Reads of what is in memory beside what a user might pick instead; all of them have it in their caches, or in the
// system's.

#include <atomic>
#include <span>
#include <thread>

#include "bare_log.h"
#include "contender.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kItems = 100'000, kWideCollection = 100, kReadsOfACall = 256;

/// The same items in collections of a hundred, each under a key of its own.
std::vector<Item> make_wide_items() {
  std::vector<Item> items = make_items(kItems);
  for (std::uint64_t i = 0; i < kItems; ++i) {
    const Item& first = items[i - i % kWideCollection];
    items[i].key = first.key;
    items[i].collection_name = first.collection_name;
    const std::string number = std::to_string(i % kWideCollection);
    items[i].item_name = "monthly_installment_" + std::string(4 - number.size(), '0') + number;
  }
  return items;
}

/// All contenders with these items, each read once.
class Shelf {
 public:
  Shelf(std::filesystem::path directory, const std::vector<Item>& items)
      : scratch_(std::move(directory)), kinds_(all_kinds(quiet_config({}))) {
    for (const Kind& kind : kinds_) {
      contenders_.push_back(open_in(scratch_.path(), kind));
      for (std::uint64_t i = 0; i < items.size(); i += 1000) {
        contenders_.back()->store_all(std::span(items).subspan(i, 1000));
      }
      for (const Item& item : items) static_cast<void>(contenders_.back()->read(item));
    }
  }
  [[nodiscard]] const std::vector<Kind>& kinds() const noexcept { return kinds_; }
  [[nodiscard]] Contender& operator[](std::size_t i) const noexcept { return *contenders_[i]; }

 private:
  ScratchDirectory scratch_;
  std::vector<Kind> kinds_;
  std::vector<std::unique_ptr<Contender>> contenders_;
};

double reads_per_second(Contender& contender, const std::vector<Item>& items, int threads, double seconds) {
  return kReadsOfACall * calls_per_second(threads, seconds, [&](std::uint64_t call) {
           for (std::uint64_t i = 0; i < kReadsOfACall; ++i) {
             static_cast<void>(contender.read(items[scramble(call * kReadsOfACall + i) % items.size()]));
           }
         });
}

double least_of_peer(const std::string& name) {
  if (name == "LMDB") return 1.2;
  return name.starts_with("RocksDB") ? 5 : 0;
}

void measure_items(const Options& options, Report& report) {
  const std::vector<Item> items = make_items(kItems);
  const Shelf shelf(options.directory / "reads_by_peers", items);
  const auto& kinds = shelf.kinds();
  for (const int threads : {1, 2}) {
    const auto rates = take_turns_of(kinds.size(), options.rounds, [&](std::size_t i) {
      return reads_per_second(shelf[i], items, threads, seconds_of_a_turn(options));
    });
    for (std::size_t i = 1; i < kinds.size(); ++i) {
      const double bound = threads == 1 ? least_of_peer(kinds[i].name) : 0;
      report.add(ratio_row(
          "get_item() warm, " + std::to_string(threads) + (threads == 1 ? " thread / " : " threads / ") + kinds[i].name,
          "reads/s", {rates[0], rates[i]}, bound == 0 ? Goal::none : Goal::at_least, bound));
    }
    for (std::size_t i = 0; i < kinds.size(); ++i) report.add(point("reads", kinds[i].name, threads, rates[i]));
  }
}

void measure_collections(const Options& options, Report& report) {
  const std::vector<Item> items = make_wide_items();
  const Shelf shelf(options.directory / "reads_by_peers", items);
  const auto& kinds = shelf.kinds();
  const auto rates = take_turns_of(kinds.size(), options.rounds, [&](std::size_t who) {
    return calls_per_second(1, seconds_of_a_turn(options), [&](std::uint64_t i) {
      static_cast<void>(shelf[who].sum_counts(items[scramble(i) % items.size()]));
    });
  });
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    report.add(ratio_row("get_key() of 100 items, parsed / " + kinds[i].name, "collections/s", {rates[0], rates[i]},
                         kinds[i].name == "LMDB" ? Goal::at_least : Goal::none, 1));
  }
}

/// Microseconds of many single reads.
std::vector<double> read_latencies_us(Contender& contender, const std::vector<Item>& items) {
  std::vector<double> samples(200'000);
  for (std::uint64_t i = 0; i < samples.size(); ++i) {
    const Item& item = items[scramble(i) % items.size()];
    samples[i] = 1e6 * seconds_of([&] { static_cast<void>(contender.read(item)); });
  }
  return samples;
}

/// 99th percentile in microseconds while `write(i)` is called again and again by another thread; without one when
/// empty.
double p99_beside(Contender& contender, const std::vector<Item>& items,
                  const std::function<void(std::uint64_t)>& write) {
  std::atomic<bool> ends{false};
  std::jthread writer;
  if (write) {
    writer = std::jthread([&] {
      for (std::uint64_t i = 0; !ends; ++i) write(i);
    });
  }
  const double reached = quantile(read_latencies_us(contender, items), 0.99);
  ends = true;
  return reached;
}

/// A disk that is written to takes processor time from everybody: how much of it is ours shows beside the bare loop.
void measure_beside_writer(const Options& options, Report& report) {
  const ScratchDirectory scratch(options.directory / "reads_beside_writer");
  const std::vector<Item> items = make_items(kItems);
  const auto ours = our_kind(quiet_config({})).open(scratch.path());
  for (std::uint64_t i = 0; i < kItems; i += 1000) ours->store_all(std::span(items).subspan(i, 1000));
  const auto lines = read_log_lines(scratch.path() / "store", 1000);
  BareLog bare(scratch.path() / "bare.log", 64ULL << 20U);
  const std::vector<std::function<void(std::uint64_t)>> writers = {
      [&](std::uint64_t i) { ours->store(items[scramble(i) % items.size()]); },
      {},
      [&](std::uint64_t i) { bare.append(lines[i % lines.size()]); }};
  const auto p99 = take_turns_of(writers.size(), options.rounds,
                                 [&](std::size_t i) { return p99_beside(*ours, items, writers[i]); });
  report.add(ratio_row("p99 of get_item() beside one writer / without", "us", {p99[0], p99[1]}, Goal::at_most, 2));
  report.add(ratio_row("the same / beside the bare loop", "us", {p99[0], p99[2]}, Goal::none, 0));
}

}  // namespace

void measure_reads_by_peers(const Options& options, Report& report) {
  measure_items(options, report);
  measure_collections(options, report);
  measure_beside_writer(options, report);
}

}  // namespace cfp::bench
