// What the safety net costs a store with many items: a backup beside its writers, a close that has nothing to copy, and
// the open that finds half of the history file gone.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "large_store.h"
#include "measurements.h"

namespace cfp::bench {
namespace {

namespace fs = std::filesystem;

std::string title(const Options& options, const std::string& what) {
  return what + ", " + std::to_string(options.items / 1'000'000) + "M items";
}

/// Microseconds of each store() until `ended`.
std::vector<double> store_until(CollectionFastPersist& store, const std::vector<Item>& items, std::uint64_t& at,
                                const std::function<bool()>& ended) {
  std::vector<double> samples;
  while (!ended()) {
    samples.push_back(1e6 * seconds_of([&] { store_item(store, items[at++ % items.size()]); }));
  }
  return samples;
}

std::vector<double> store_for(CollectionFastPersist& store, const std::vector<Item>& items, std::uint64_t& at,
                              double seconds) {
  const auto begin = std::chrono::steady_clock::now();
  return store_until(store, items, at, [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() > seconds;
  });
}

void measure_online_backup(const Options& options, CollectionFastPersist& store, Report& report) {
  const std::vector<Item> items = make_items(10'000, 1'000'000'000);
  std::uint64_t at = 0;
  store_for(store, items, at, 2);  // warms up
  std::vector<double> alone = store_for(store, items, at, 20);
  std::atomic<bool> ended{false};
  double seconds = 0;
  std::jthread backup([&] {
    seconds = seconds_of([&] { static_cast<void>(store.backup()); });
    ended = true;
  });
  const std::vector<double> beside = store_until(store, items, at, [&] { return ended.load(); });
  const std::vector<double> after = store_for(store, items, at, 20);
  alone.insert(alone.end(), after.begin(), after.end());
  report.say("  backup beside " + std::to_string(beside.size()) + " stores in " + std::to_string(seconds) + " s");
  const Match match{{quantile(beside, 0.99)}, {quantile(alone, 0.99)}};
  report.add(ratio_row(title(options, "p99 of store() beside a backup / without"), "us", match, Goal::at_most, 2));
}

void measure_open_and_close(const Options& options, const CollectionConfig& config, Report& report) {
  std::vector<double> opens, samples;
  for (int i = 0; i < options.rounds; ++i) {
    std::unique_ptr<CollectionFastPersist> store;
    opens.push_back(1000 * seconds_of([&] { store = open_store(config); }));
    samples.push_back(1000 * seconds_of([&] { store->close(); }));
  }
  report.add(
      figure_row(title(options, "open after a clean close, with backups there"), "ms", opens, Goal::at_most, 100));
  report.add(
      figure_row(title(options, "close without changes since the last backup"), "ms", samples, Goal::at_most, 300));
}

/// Bytes a second of a copy that ends on the disk, as a backup and its way back are copied.
double copy_rate(const fs::path& from, const fs::path& to) {
  const double seconds = seconds_of([&] {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
    const int file = ::open(to.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0 || ::fdatasync(file) != 0) throw std::runtime_error("cannot sync " + to.string());
    ::close(file);
  });
  const double rate = static_cast<double>(fs::file_size(from)) / seconds;
  fs::remove(to);
  return rate;
}

void measure_healing(const Options& options, const CollectionConfig& config, Report& report) {
  const std::uint64_t records = options.items / 10;
  double rate = 0;
  {
    const auto store = open_store(config);
    const auto backups = store->list_backups();
    if (backups.empty()) throw std::logic_error("no backup to heal from");
    rate = copy_rate(backups.front().path, options.directory / "copy");
    std::uint64_t first = 2'000'000'000;
    for (std::uint64_t done = 0; done < records; done += 50'000) {
      fill(*store, make_items(50'000, first));
      first += 50'000;
    }
  }  // without close: the log stays, and no backup has it
  const fs::path history = config.base_dir / "storage_history.duckdb";
  const auto bytes = static_cast<double>(fs::file_size(history));
  fs::resize_file(history, 3 * 4096);  // its headers, which lead nowhere; half of it may hold all that is in use
  std::unique_ptr<CollectionFastPersist> store;
  const double seconds = seconds_of([&] { store = open_store(config); });
  if (store->get_stats().healed_files == 0) throw std::logic_error("nothing was healed");
  const double allowed = bytes / (0.5 * rate) + static_cast<double>(records) / 200'000;
  report.say("  the disk copies " + std::to_string(rate / 1e6) + " MB/s, so " + std::to_string(allowed) +
             " s are allowed");
  report.add(
      figure_row(title(options, "healing of history, of the time allowed"), "", {seconds / allowed}, Goal::at_most, 1));
  report.add(figure_row(title(options, "healing of history from backup and log"), "s", {seconds}, Goal::none, 0));
  store->close();
}

}  // namespace

void measure_safety_net(const Options& options, Report& report) {
  CollectionConfig config = prepare_large_store(options, report);
  const ScratchDirectory scratch(options.directory / "safety_net");
  fs::copy(config.base_dir, scratch.path() / "store", fs::copy_options::recursive);
  config.base_dir = scratch.path() / "store";
  config.backup_on_close = true;
  {
    const auto store = open_store(config);
    measure_online_backup(options, *store, report);
    store->close();
  }
  measure_open_and_close(options, config, report);
  measure_healing(options, config, report);
}

}  // namespace cfp::bench
