#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "command.h"
#include "ctrl_c.h"
#include "exit_code.h"
#include "opened_store.h"
#include "progress.h"
#include "table.h"
#include "units.h"

namespace cfp::cli {
namespace {

/// A store of its own beside the others of the disk, which goes when it was measured.
class ScratchStore {
 public:
  explicit ScratchStore(const std::filesystem::path& where) {
    std::filesystem::create_directories(where);
    std::string name = (where / "cfp_bench_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("Cannot make a directory in " + where.string() + ": " + std::strerror(errno) +
                               ". Name one by --in where this user may write.");
    }
    directory_ = name;
    CollectionConfig config;
    config.base_dir = directory_ / "store";
    config.backup_on_close = false;
    store_ = std::make_unique<CollectionFastPersist>(Date::today(), config);
  }
  ~ScratchStore() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  ScratchStore(const ScratchStore&) = delete;
  ScratchStore& operator=(const ScratchStore&) = delete;

  CollectionFastPersist& operator*() const { return *store_; }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<CollectionFastPersist> store_;
};

struct Measurement {
  std::string name;
  std::uint64_t count = 0;
  double seconds = 0;
  std::vector<double> each{};  ///< Seconds of each call; empty where calls were not timed apart.

  [[nodiscard]] double quantile(double share) {
    if (each.empty()) return 0;
    const auto at = each.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(each.size() - 1));
    std::ranges::nth_element(each, at);
    return *at;
  }
};

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string key_of(std::uint64_t i) { return "key_" + std::to_string(i / 100); }
std::string item_of(std::uint64_t i) { return "item_" + std::to_string(i % 100); }

/// Calls that are timed one by one, by so many threads together. Ctrl-C ends it between two calls.
template <class Call>
Measurement measure(Console& console, const std::string& name, std::uint64_t count, unsigned threads,
                    const Call& call) {
  Measurement result{name, count, 0, {}};
  std::vector<std::vector<double>> times(threads);
  std::atomic<std::uint64_t> next{0};
  Progress progress(console, name, count);
  const auto begin = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (std::uint64_t i = next++; i < count && !ctrl_c_was_pressed(); i = next++) {
          const auto start = std::chrono::steady_clock::now();
          call(i);
          times[t].push_back(since(start));
          progress.set(i);
        }
      });
    }
  }
  result.seconds = since(begin);
  if (ctrl_c_was_pressed()) throw Interrupted();
  for (const auto& some : times) result.each.insert(result.each.end(), some.begin(), some.end());
  return result;
}

Measurement measure_batches(Console& console, CollectionFastPersist& store, std::uint64_t count) {
  constexpr std::uint64_t kBatch = 1000;
  const std::uint64_t batches = std::max<std::uint64_t>(count / kBatch, 1);
  const Data data = Data().set("label", "a field").set("status", "valid");
  Measurement result = measure(console, "store in batches of 1,000", batches, 1, [&](std::uint64_t n) {
    Batch batch;
    for (std::uint64_t i = 0; i < kBatch; ++i) {
      batch.store("batch_" + std::to_string(n), data, item_of(i), "c", static_cast<std::int64_t>(i));
    }
    store.commit(batch);
  });
  result.count = batches * kBatch;
  result.each.clear();
  return result;
}

std::vector<Measurement> measure_all(Console& console, CollectionFastPersist& store, std::uint64_t records,
                                     unsigned threads) {
  const Data data = Data().set("label", "a field").set("status", "valid");
  const auto put = [&](std::uint64_t i) {
    store.store(key_of(i), data, item_of(i), "c", static_cast<std::int64_t>(i));
  };
  std::vector<Measurement> all;
  all.push_back(measure(console, "store, 1 thread", records, 1, put));
  all.push_back(measure(console, "store, " + std::to_string(threads) + " threads", records, threads, put));
  all.push_back(measure_batches(console, store, records * 10));
  Measurement flush{"flush to the history table", store.get_stats().unflushed_records, 0, {}};
  const auto begin = std::chrono::steady_clock::now();
  store.flush_data_to_duckdb();
  flush.seconds = since(begin);
  if (flush.count > 0) all.push_back(std::move(flush));
  all.push_back(measure(console, "get_item from memory", records * 10, 1, [&](std::uint64_t i) {
    if (!store.get_item(key_of(i % records), "c", item_of(i % records))) throw std::logic_error("an item is missing");
  }));
  return all;
}

void show(std::vector<Measurement>& all, Console& console) {
  Table table(console, {{"WORK"},
                        {"COUNT", Table::Align::right},
                        {"RATE", Table::Align::right},
                        {"P50", Table::Align::right},
                        {"P99", Table::Align::right}});
  for (Measurement& one : all) {
    const auto rate = static_cast<double>(one.count) / std::max(one.seconds, 1e-9);
    if (console.json()) {
      console.object(Data()
                         .set("work", one.name)
                         .set("count", one.count)
                         .set("seconds", one.seconds)
                         .set("per_second", rate)
                         .set("p50_seconds", one.quantile(0.5))
                         .set("p99_seconds", one.quantile(0.99)));
      continue;
    }
    const bool timed = !one.each.empty();
    table.add({one.name, count_text(one.count), count_text(static_cast<std::uint64_t>(rate)) + "/s",
               timed ? latency_text(one.quantile(0.5)) : "", timed ? latency_text(one.quantile(0.99)) : ""});
  }
  if (!console.json()) table.finish();
}

int run_bench(const Arguments& arguments, Console& console) {
  const std::uint64_t records = arguments.number("--records", 100).value_or(10'000);
  const auto threads =
      static_cast<unsigned>(std::min<std::uint64_t>(arguments.number("--threads", 1).value_or(16), 256));
  listen_for_ctrl_c();
  const ScratchStore store(arguments.text("--in").value_or("."));
  auto all = measure_all(console, *store, records, threads);
  show(all, console);
  return kOk;
}

}  // namespace

Command bench_command() {
  Command command{.name = "bench",
                  .summary = "Measure a store on this disk, in a directory of its own that goes afterwards.",
                  .run = run_bench};
  command.options = {
      {.names = "-n,--records", .help = "Stores by one thread and by all. Default: 10000.", .value = "N"},
      {.names = "--threads", .help = "Threads that store at the same time. Default: 16.", .value = "N"},
      {.names = "--in",
       .help = "Directory on the disk to be measured. Default: this one.",
       .value = "DIR",
       .offer = Offer::directories}};
  command.examples = {{"cfp bench", ""}, {"cfp bench --in /srv --threads 64 --json", ""}};
  return command;
}

}  // namespace cfp::cli
