// One thread: what the store adds to the bare disk. Many threads: group commit against RocksDB's.

#include <cstdint>

#include "bare_log.h"
#include "measurements.h"
#include "rocksdb_peer.h"
#include "stores.h"

namespace cfp::bench {
namespace {

constexpr std::uint64_t kStoresOfOneThread = 1500;

/// With the tables filled beside the stores, as users have it, or by call only.
enum class Tables { beside, by_call };

/// Rounds go on through the items, so that each stores names that are new for a while.
class Contenders {
 public:
  Contenders(const Options& options, Tables tables)
      : scratch_(options.directory / "durable_store"), items_(make_items(100'000)) {
    CollectionConfig config = tables == Tables::by_call ? quiet_config({}) : CollectionConfig();
    config.base_dir = scratch_.path() / "store";
    store_ = open_store(config);
    rocksdb_ = open_rocksdb(scratch_.path() / "rocksdb");
    run_threads(8, 20'000, [&](std::uint64_t i) { store_item(*store_, items_[i]); });
    lines_ = read_log_lines(config.base_dir, 10'000);
    bare_ = std::make_unique<BareLog>(scratch_.path() / "bare.log", 64ULL << 20U);
  }

  double store_per_second(int threads, std::uint64_t count) {
    const std::uint64_t first = next_store_;
    next_store_ += count;
    return static_cast<double>(count) / run_threads(threads, count, [&](std::uint64_t i) {
             store_item(*store_, items_[(first + i) % items_.size()]);
           });
  }
  double put_per_second(int threads, std::uint64_t count) {
    const std::uint64_t first = next_put_;
    next_put_ += count;
    return static_cast<double>(count) / run_threads(threads, count, [&](std::uint64_t i) {
             const Item& item = items_[(first + i) % items_.size()];
             check(rocksdb_->Put(synced(), rocksdb_name(item), item.data.text()));
           });
  }
  double append_per_second(std::uint64_t count) {
    return static_cast<double>(count) /
           run_threads(1, count, [&](std::uint64_t i) { bare_->append(lines_[i % lines_.size()]); });
  }

 private:
  ScratchDirectory scratch_;
  std::vector<Item> items_;
  std::unique_ptr<CollectionFastPersist> store_;
  std::unique_ptr<rocksdb::DB> rocksdb_;
  std::vector<std::string> lines_;
  std::unique_ptr<BareLog> bare_;
  std::uint64_t next_store_ = 0, next_put_ = 0;
};

}  // namespace

void measure_durable_store(const Options& options, Report& report) {
  const auto add = [&](const std::string& what, const Match& match, Goal goal, double bound) {
    report.add(ratio_row("store(), " + what, "stores/s", match, goal, bound));
  };
  const auto add_bare = [&](const char* what, Contenders& contenders, Goal goal) {
    add(what,
        take_turns(
            2 * options.rounds, [&] { return contenders.store_per_second(1, kStoresOfOneThread); },
            [&] { return contenders.append_per_second(kStoresOfOneThread); }),
        goal, 0.9);
  };
  {
    Contenders alone(options, Tables::by_call);
    add_bare("1 thread / bare pwrite + fdatasync", alone, Goal::at_least);
  }
  Contenders contenders(options, Tables::beside);
  add_bare("1 thread, tables filled beside it / bare", contenders, Goal::none);
  for (const int threads : {1, 2, 4, 8, 16, 64}) {
    const std::uint64_t count = threads == 1 ? kStoresOfOneThread : 15'000;
    const Goal goal = threads >= 16 ? Goal::at_least : Goal::none;
    add(std::to_string(threads) + (threads == 1 ? " thread" : " threads") + " / RocksDB sync",
        take_turns(
            options.rounds, [&] { return contenders.store_per_second(threads, count); },
            [&] { return contenders.put_per_second(threads, count); }),
        goal, 1.3);
  }
}

}  // namespace cfp::bench
