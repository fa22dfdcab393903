#include "stores.h"

#include <atomic>
#include <barrier>
#include <exception>
#include <mutex>
#include <thread>

#include "samples.h"

namespace cfp::bench {

ScratchDirectory::ScratchDirectory(std::filesystem::path path) : path_(std::move(path)) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

CollectionConfig quiet_config(const std::filesystem::path& base_dir) {
  CollectionConfig config;
  config.base_dir = base_dir;
  config.batch_size = 1'000'000'000;
  config.duckdb_flush_interval_seconds = 1e6;
  config.latest_interval_seconds = 1e6;
  config.max_unflushed_bytes = 8ULL << 30U;
  return config;
}

std::unique_ptr<CollectionFastPersist> open_store(const CollectionConfig& config) {
  return std::make_unique<CollectionFastPersist>(Date("2025-07-01"), config);
}

namespace {

/// Calls `work` from that many threads with numbers from 0 on, as long as `goes_on` says of a number; returns the
/// seconds from a common start to the last end. What `work` throws is thrown here.
double run(int threads, const std::function<bool(std::uint64_t)>& goes_on,
           const std::function<void(std::uint64_t)>& work) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> failed{false};
  std::barrier start(threads + 1);
  std::mutex mutex;
  std::exception_ptr error;
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      start.arrive_and_wait();
      try {
        for (std::uint64_t i = next++; !failed && goes_on(i); i = next++) work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
        failed = true;
      }
    });
  }
  start.arrive_and_wait();
  const double seconds = seconds_of([&] { running.clear(); });
  if (error) std::rethrow_exception(error);
  return seconds;
}

}  // namespace

double run_threads(int threads, std::uint64_t count, const std::function<void(std::uint64_t)>& work) {
  return run(
      threads, [count](std::uint64_t i) { return i < count; }, work);
}

double calls_per_second(int threads, double seconds, const std::function<void(std::uint64_t)>& work) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  std::atomic<std::uint64_t> calls{0};
  const double spent = run(
      threads, [end](std::uint64_t) { return std::chrono::steady_clock::now() < end; },
      [&](std::uint64_t i) {
        work(i);
        ++calls;
      });
  return static_cast<double>(calls) / spent;
}

void fill(CollectionFastPersist& store, const std::vector<Item>& items) {
  run_threads(64, items.size(), [&](std::uint64_t i) { store_item(store, items[i]); });
}

}  // namespace cfp::bench
