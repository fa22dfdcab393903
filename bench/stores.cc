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

double run_threads(int threads, std::uint64_t count, const std::function<void(std::uint64_t)>& work) {
  std::atomic<std::uint64_t> next{0};
  std::barrier start(threads + 1);
  std::mutex mutex;
  std::exception_ptr error;
  std::vector<std::jthread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&] {
      start.arrive_and_wait();
      try {
        for (std::uint64_t i = next++; i < count; i = next++) work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
        next = count;
      }
    });
  }
  start.arrive_and_wait();
  const double seconds = seconds_of([&] { running.clear(); });
  if (error) std::rethrow_exception(error);
  return seconds;
}

void fill(CollectionFastPersist& store, const std::vector<Item>& items) {
  run_threads(64, items.size(), [&](std::uint64_t i) { store_item(store, items[i]); });
}

}  // namespace cfp::bench
