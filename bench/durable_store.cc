// One thread: what the store adds to the bare disk.

#include <cstdint>

#include "bare_log.h"
#include "measurements.h"
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
    run_threads(8, 20'000, [&](std::uint64_t i) { store_item(*store_, items_[i]); });
    lines_ = read_log_lines(config.base_dir, 10'000);
    bare_ = std::make_unique<BareLog>(scratch_.path() / "bare.log", 64ULL << 20U);
  }

  double store_per_second(std::uint64_t count) {
    const std::uint64_t first = next_store_;
    next_store_ += count;
    return static_cast<double>(count) /
           run_threads(1, count, [&](std::uint64_t i) { store_item(*store_, items_[(first + i) % items_.size()]); });
  }
  double append_per_second(std::uint64_t count) {
    return static_cast<double>(count) /
           run_threads(1, count, [&](std::uint64_t i) { bare_->append(lines_[i % lines_.size()]); });
  }

 private:
  ScratchDirectory scratch_;
  std::vector<Item> items_;
  std::unique_ptr<CollectionFastPersist> store_;
  std::vector<std::string> lines_;
  std::unique_ptr<BareLog> bare_;
  std::uint64_t next_store_ = 0;
};

}  // namespace

void measure_durable_store(const Options& options, Report& report) {
  const auto add = [&](const char* what, Tables tables, Goal goal) {
    Contenders contenders(options, tables);
    report.add(ratio_row(what, "stores/s",
                         take_turns(
                             2 * options.rounds, [&] { return contenders.store_per_second(kStoresOfOneThread); },
                             [&] { return contenders.append_per_second(kStoresOfOneThread); }),
                         goal, 0.93));
  };
  add("store(), 1 thread / bare pwrite + fdatasync", Tables::by_call, Goal::at_least);
  add("store(), 1 thread, tables filled beside it / bare", Tables::beside, Goal::none);
}

}  // namespace cfp::bench
