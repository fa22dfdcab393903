// Threads that store in both ways at once, also under the thread sanitizer.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "support/temporary_directory.h"

namespace cfp {
namespace {

constexpr std::size_t kAsyncThreads = 3, kThreads = 3;
constexpr std::int64_t kCalls = 400;

/// What one thread was told of its calls of store_async; written by the store's thread only, until the close.
struct Told {
  std::uint64_t last_sequence = 0;
  std::int64_t calls = 0;
};

class AsyncThreads : public ::testing::Test {
 protected:
  AsyncThreads() {
    config_.base_dir = directory_.path() / "store";
    config_.max_wal_size = 16 * 1024;
    config_.batch_size = 50;
    config_.duckdb_flush_interval_seconds = 0.02;
    config_.latest_interval_seconds = 0.05;
    config_.max_unflushed_bytes = 1 << 20U;
  }

  void store_async(CollectionFastPersist& store, std::size_t thread) {
    const std::string key = "async" + std::to_string(thread);
    for (std::int64_t n = 0; n < kCalls; ++n) {
      const std::string item = std::to_string(n % 7);
      store.store_async(key, Data().set("n", n), item, "", n, std::nullopt, std::nullopt,
                        [this, thread, n](std::uint64_t sequence, const std::exception_ptr& error) {
                          Told& told = told_[thread];
                          EXPECT_FALSE(error);
                          EXPECT_GT(sequence, told.last_sequence) << "not in call order";
                          EXPECT_EQ(n, told.calls++);
                          told.last_sequence = sequence;
                        });
    }
  }
  static void store(CollectionFastPersist& store, std::size_t thread) {
    const std::string key = "sync" + std::to_string(thread);
    for (std::int64_t n = 0; n < kCalls; ++n) {
      const std::uint64_t sequence = store.store(key, Data().set("n", n), std::to_string(n % 7), "", n);
      const auto record = store.get_item(key, "", std::to_string(n % 7));
      ASSERT_TRUE(record);
      EXPECT_EQ(record->sequence(), sequence);
    }
  }

  const support::TemporaryDirectory directory_;
  CollectionConfig config_;
  std::array<Told, kAsyncThreads> told_;
};

TEST_F(AsyncThreads, WinEachVersionOnce) {
  CollectionFastPersist store("2025-12-24", config_);
  constexpr std::uint32_t kVersions = 40;
  std::array<std::atomic<int>, kVersions> winners{};
  std::atomic<int> conflicts{0};
  const auto compete = [&] {
    for (std::uint32_t version = 0; version < kVersions; ++version) {
      std::atomic<bool> told{false};
      store.store_async("k", {}, "i", "c", {}, {}, {},
                        [&](std::uint64_t sequence, const std::exception_ptr&) {
                          ++(sequence != 0 ? winners[version] : conflicts);
                          told = true;
                          told.notify_one();
                        },
                        {.expected_version = version});
      told.wait(false);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kAsyncThreads; ++i) threads.emplace_back(compete);
  for (std::thread& thread : threads) thread.join();
  for (std::uint32_t version = 0; version < kVersions; ++version) EXPECT_EQ(winners[version], 1) << version;
  EXPECT_EQ(conflicts, static_cast<int>((kAsyncThreads - 1) * kVersions));
  EXPECT_EQ(store.get_item("k", "c", "i")->version(), kVersions);
}

TEST_F(AsyncThreads, ShareTheLogWithThreadsThatStoreAndCloseTellsTheRest) {
  {
    CollectionFastPersist store("2025-12-24", config_);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kAsyncThreads; ++i) threads.emplace_back([&, i] { store_async(store, i); });
    for (std::size_t i = 0; i < kThreads; ++i) threads.emplace_back([&, i] { AsyncThreads::store(store, i); });
    for (std::thread& thread : threads) thread.join();
    store.close();
  }
  for (const Told& told : told_) EXPECT_EQ(told.calls, kCalls);
  CollectionFastPersist store("2025-12-24", config_);
  const auto row =
      store.history_conn().execute("SELECT count(*), max(cfp_seq) FROM storage_history").fetchone().value();
  const auto all = kCalls * static_cast<std::int64_t>(kAsyncThreads + kThreads);
  EXPECT_EQ(row, (Row{all, static_cast<std::uint64_t>(all)}));
  EXPECT_EQ(store.get_item("async0", "", std::to_string((kCalls - 1) % 7))->value(), Value(kCalls - 1));
}

TEST_F(AsyncThreads, ACloseBesideThemStoresExactlyWhatWasTaken) {
  std::atomic<std::int64_t> taken{0}, told{0};
  {
    CollectionFastPersist store("2025-12-24", config_);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kAsyncThreads; ++i) {
      threads.emplace_back([&] {
        try {
          for (;;) {
            store.store_async("k", "{}", "i", "", {}, std::nullopt, std::nullopt,
                              [&](std::uint64_t, const std::exception_ptr& error) {
                                EXPECT_FALSE(error);
                                ++told;
                              });
            ++taken;
          }
        } catch (const CollectionFastPersistError& error) {
          EXPECT_EQ(error.code(), ErrorCode::closed) << error.what();
        }
      });
    }
    while (told < 100) std::this_thread::yield();
    store.close();
    const std::int64_t at_close = told;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(told, at_close) << "told after the close";
  }
  EXPECT_EQ(told, taken);
  CollectionFastPersist store("2025-12-24", config_);
  EXPECT_EQ(store.get_item("k", "", "i")->version(), static_cast<std::uint32_t>(taken));
  std::cout << taken << " calls\n";
}

}  // namespace
}  // namespace cfp
