// max_cache_bytes on the real tables: a store of many times the bound answers as one without, and memory keeps it.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

constexpr std::uint64_t kBound = 1 << 20U;

class BoundedMemory : public ::testing::Test {
 protected:
  [[nodiscard]] CollectionConfig config() const {
    CollectionConfig config;
    config.base_dir = directory_.path() / "store";
    config.max_cache_bytes = kBound;
    config.max_unflushed_bytes = 4 * kBound;
    config.duckdb_flush_interval_seconds = 0.01;
    config.latest_interval_seconds = 0.02;
    config.backup_on_close = false;
    return config;
  }
  static std::string key_of(std::int64_t n) { return "k" + std::to_string(n / 10); }
  static std::string item_of(std::int64_t n) { return "i" + std::to_string(n % 10); }
  static Data data_of(std::int64_t n) { return Data().set("n", n).set("filler", std::string(700, 'f')); }
  static void fill(CollectionFastPersist& store, std::int64_t count) {
    for (std::int64_t begin = 0; begin < count; begin += 1000) {
      Batch batch;
      for (std::int64_t n = begin; n < begin + 1000; ++n) batch.store(key_of(n), data_of(n), item_of(n), "c", n);
      store.commit(batch);
    }
  }
  /// Once the latest table has everything.
  static void settle(CollectionFastPersist& store) {
    static_cast<void>(store.latest_conn().execute("SELECT count(*) FROM storage_latest").fetchall());
  }
  static void expect_all(CollectionFastPersist& store, std::int64_t count) {
    for (std::int64_t n = 0; n < count; n += 7) {
      const auto item = store.get_item(key_of(n), "c", item_of(n));
      ASSERT_TRUE(item) << n;
      EXPECT_EQ(item->value(), Value(n));
      EXPECT_EQ(item->data().get_int("n"), n);
      EXPECT_EQ(item->version(), 1U);
    }
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(BoundedMemory, KeepsTheBoundForAStoreOfManyTimesItsSize) {
  constexpr std::int64_t kItems = 20'000;  // some 20 MB
  CollectionFastPersist store("2025-12-24", config());
  fill(store, kItems);
  settle(store);
  EXPECT_LE(store.get_stats().cache_bytes, kBound);
  expect_all(store, kItems);
  EXPECT_LE(store.get_stats().cache_bytes, kBound);
  EXPECT_GT(store.get_stats().evicted_collections, 1000U);
  store.close();

  CollectionConfig reading = config();
  reading.read_only = true;
  CollectionFastPersist again("2025-12-24", reading);
  expect_all(again, kItems);
  EXPECT_LE(again.get_stats().cache_bytes, kBound);
}

TEST_F(BoundedMemory, ACollectionLargerThanTheBoundIsReadAndChanged) {
  CollectionFastPersist store("2025-12-24", config());
  Batch batch;
  for (std::int64_t n = 0; n < 5000; ++n) batch.store("large", data_of(n), std::to_string(n), "c", n);
  store.commit(batch);
  settle(store);
  for (int round = 0; round < 2; ++round) {
    const auto items = store.get_key("large", "c");
    ASSERT_TRUE(items);
    EXPECT_EQ(items->size(), 5000U);
    const auto before = store.get_item("large", "c", "17");
    store.store("large", data_of(1), "17", "c", std::int64_t{-1}, {}, {}, {.expected_version = before->version()});
    EXPECT_EQ(store.get_item("large", "c", "17")->value(), Value(std::int64_t{-1}));
    settle(store);
  }
  EXPECT_EQ(store.get_item("large", "c", "17")->version(), 3U);
  EXPECT_EQ(store.delete_collection("large", "c"), 5000U);
  EXPECT_FALSE(store.get_key("large"));
  store.store("other", {}, "i");
  settle(store);
  EXPECT_LE(store.get_stats().cache_bytes, kBound);
  store.store("large", {}, "17", "c");
  EXPECT_EQ(store.get_item("large", "c", "17")->version(), 5U);
}

/// Each thread knows what its own items have; all of them push each other's out of memory.
TEST_F(BoundedMemory, ThreadsReadWhatTheyStoredAndVersionsGoOn) {
  CollectionFastPersist store("2025-12-24", config());
  constexpr std::size_t kThreads = 4, kKeys = 300;
  const auto work = [&](std::size_t thread) {
    std::vector<std::int64_t> versions(kKeys, 0);
    std::uint64_t random = thread + 1;
    for (std::int64_t n = 0; n < 1500; ++n) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      const std::size_t at = (random >> 33U) % kKeys;
      const std::string key = "t" + std::to_string(thread) + "_" + std::to_string(at);
      const auto item = store.get_item(key, "c", "i");
      ASSERT_EQ(item.has_value(), versions[at] > 0 && versions[at] % 5 != 0) << key;
      if (item) {
        EXPECT_EQ(item->value(), Value(versions[at]));
        EXPECT_EQ(item->version(), static_cast<std::uint32_t>(versions[at]));
      }
      ++versions[at];
      if (versions[at] % 5 == 0) {
        EXPECT_EQ(store.delete_item(key, "c", "i"), 1U);
      } else {
        store.store(key, data_of(n), "i", "c", versions[at], {}, {}, {}, Durability::none);
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) threads.emplace_back(work, thread);
  for (std::thread& thread : threads) thread.join();
  settle(store);
  EXPECT_LE(store.get_stats().cache_bytes, kBound);
  EXPECT_GT(store.get_stats().evicted_collections, 0U);
}

}  // namespace
}  // namespace cfp::oracle
