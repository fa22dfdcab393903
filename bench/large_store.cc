// A store with many items of which nothing is in memory: what opening, first reads and flushes cost then.

#include "large_store.h"

#include <algorithm>
#include <stdexcept>

#include "duckdb_peer.h"
#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr int kLoads = 300;

std::string title(const Options& options, const std::string& what) {
  return what + ", " + std::to_string(options.items / 1'000'000) + "M items";
}

/// Log segments of earlier runs: the tables have what is in them.
void remove_log(const std::filesystem::path& base_dir) {
  std::vector<std::filesystem::path> segments;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(base_dir)) {
    if (entry.path().extension() == ".jsonl") segments.push_back(entry.path());
  }
  for (const auto& segment : segments) std::filesystem::remove(segment);
}

std::uint64_t watermark(const CollectionConfig& config) { return open_store(config)->get_stats().last_sequence; }

}  // namespace

CollectionConfig prepare_large_store(const Options& options, const Report& report) {
  const auto base_dir = options.directory / ("large_store_" + std::to_string(options.items));
  CollectionConfig config = quiet_config(base_dir);
  const auto marker = options.directory / ("large_store_" + std::to_string(options.items) + ".whole");
  if (std::filesystem::exists(marker)) {
    remove_log(base_dir);
    if (watermark(config) < options.items * 2) return config;
  }
  report.say("  making a store of " + std::to_string(options.items) + " items, once");
  std::filesystem::remove(marker);
  std::filesystem::remove_all(base_dir);
  open_store(config)->close();
  remove_log(base_dir);
  write_history(base_dir / "storage_history.duckdb", options.items);
  std::filesystem::remove(base_dir / "storage_latest.duckdb");
  const double seconds = seconds_of([&] { open_store(config)->close(); });
  report.say("  latest built from history in " + std::to_string(seconds) + " s");
  std::filesystem::create_directory(marker);
  return config;
}

namespace {

/// Picks collections at random, none twice.
class Picker {
 public:
  explicit Picker(std::uint64_t items) : collections_(items / kItemsPerCollection), at_(scramble(items)) {}
  /// Number of the first item of a collection.
  std::uint64_t next() {
    at_ = (at_ + 7'368'787) % collections_;  // a prime: meets every collection once
    return at_ * kItemsPerCollection;
  }

 private:
  std::uint64_t collections_;
  std::uint64_t at_;
};

std::vector<double> load_ms(CollectionFastPersist& store, Picker& picker) {
  std::vector<double> samples;
  for (int i = 0; i < kLoads; ++i) {
    const Item item = make_item(picker.next());
    samples.push_back(1000 * seconds_of([&] {
                        const auto items = store.get_key(item.key, item.collection_name);
                        if (!items || items->size() != kItemsPerCollection) {
                          throw std::logic_error(item.key + " has " + std::to_string(items ? items->size() : 0) +
                                                 " items");
                        }
                      }));
  }
  return samples;
}

void store_random(CollectionFastPersist& store, Picker& picker, std::uint64_t count, std::uint64_t revision) {
  constexpr std::uint64_t kStep = 50'000;
  for (std::uint64_t done = 0; done < count; done += kStep) {
    std::vector<Item> items;
    for (std::uint64_t i = 0; i < std::min(kStep, count - done); ++i) {
      items.push_back(make_item(picker.next() + scramble(i) % kItemsPerCollection, revision));
    }
    fill(store, items);
  }
}

void measure_open(const Options& options, const CollectionConfig& config, Report& report) {
  std::vector<double> samples;
  for (int i = 0; i < options.rounds; ++i) {
    std::unique_ptr<CollectionFastPersist> store;
    samples.push_back(1000 * seconds_of([&] { store = open_store(config); }));
    store->close();
  }
  report.add(figure_row(title(options, "open after a clean close"), "ms", samples, Goal::at_most, 100));
}

void measure_cold_flush(const Options& options, CollectionFastPersist& store, Picker& picker, Report& report) {
  for (const std::uint64_t rows : {std::uint64_t{1000}, std::uint64_t{10000}}) {
    std::vector<double> samples;
    for (int i = 0; i < options.rounds; ++i) {
      store_random(store, picker, rows, 1);
      samples.push_back(1000 * seconds_of([&] { store.flush_data_to_duckdb(); }));
    }
    report.add(figure_row(title(options, "flush of " + std::to_string(rows) + " cold items"), "ms", samples,
                          Goal::at_most, 100 + 0.002 * static_cast<double>(rows)));
  }
}

/// The file has just been written, and nothing of it is in DuckDB's memory: the first reads warm it up.
void measure_first_loads(const Options& options, CollectionFastPersist& store, Picker& picker, Report& report) {
  for (int i = 0; i < 6; ++i) load_ms(store, picker);
  report.add(
      figure_row(title(options, "first read of a collection of 10"), "ms", load_ms(store, picker), Goal::at_most, 2));
}

void measure_loads_after_updates(const Options& options, CollectionFastPersist& store, Picker& picker, Report& report) {
  const std::uint64_t updates = options.items / 10;
  report.say("  " + std::to_string(updates) + " random updates");
  store_random(store, picker, updates, 2);
  const auto bring_up_to_date = [&] {
    return std::get<std::uint64_t>((*store.latest_conn().execute("SELECT tail_rows FROM cfp_meta").fetchone())[0]);
  };
  std::uint64_t tail = 0;
  const double seconds = seconds_of([&] { tail = bring_up_to_date(); });
  report.say("  latest brought up to date in " + std::to_string(seconds) + " s; unsorted tail " + std::to_string(tail));
  for (int i = 0; i < 6; ++i) load_ms(store, picker);
  report.add(figure_row(title(options, "the same after random updates of a tenth"), "ms", load_ms(store, picker),
                        Goal::at_most, 5));
}

}  // namespace

void measure_large_store(const Options& options, Report& report) {
  const CollectionConfig config = prepare_large_store(options, report);
  Picker picker(options.items);
  measure_open(options, config, report);
  const auto store = open_store(config);
  // What earlier runs did must not count below.
  report.add(figure_row(title(options, "rebuild of latest from history"), "s",
                        {seconds_of([&] { store->rebuild_latest_from_history(); })}, Goal::none, 0));
  measure_first_loads(options, *store, picker, report);
  measure_cold_flush(options, *store, picker, report);
  measure_loads_after_updates(options, *store, picker, report);
  store->close();
}

}  // namespace cfp::bench
