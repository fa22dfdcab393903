// Each item is a register: what threads store and read at once has one order, which agrees with the clock on the wall.

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "stress/register_history.h"
#include "support/effort.h"
#include "support/temporary_directory.h"

namespace cfp::stress {
namespace {

using std::chrono::milliseconds;

Moment at(int ms) { return Moment(milliseconds(ms)); }

TEST(RegisterHistory, OfCallsThatOverlapMayHaveAnyOrderThatTheSequencesHave) {
  const std::vector<ItemStore> stores = {{at(0), at(9), 1, 10}, {at(1), at(9), 2, 20}, {at(8), at(12), 5, 30}};
  EXPECT_EQ(fault_of({stores, {{at(2), at(3), 2, 2, 20}, {at(4), at(5), 2, 2, 20}, {at(9), at(10), 5, 3, 30}}}), "");
  EXPECT_EQ(fault_of({stores, {{at(0), at(3), 0, 0, 0}, {at(1), at(3), 1, 1, 10}, {at(13), at(14), 5, 3, 30}}}), "");
}

TEST(RegisterHistory, HasAFaultWhenSomethingStaleOrTooEarlyOrUnknownIsRead) {
  const std::vector<ItemStore> stores = {{at(0), at(9), 1, 10}, {at(10), at(12), 2, 20}, {at(20), at(22), 3, 30}};
  const auto fault = [&](std::vector<ItemRead> reads) { return fault_of({stores, std::move(reads)}); };
  EXPECT_EQ(fault({{at(13), at(14), 1, 1, 10}}), "a read of 1 began after 2 was known");
  EXPECT_EQ(fault({{at(10), at(11), 0, 0, 0}}), "a read of 0 began after 1 was known");
  EXPECT_EQ(fault({{at(1), at(2), 1, 1, 10}, {at(3), at(4), 0, 0, 0}}), "a read of 0 began after 1 was known");
  EXPECT_EQ(fault({{at(5), at(8), 2, 2, 20}}), "a read of 2 ended before it, or one before it, began to be stored");
  EXPECT_EQ(fault({{at(13), at(14), 9, 3, 20}}), "a read of 9, which nobody stored");
  EXPECT_EQ(fault({{at(13), at(14), 2, 2, 10}}), "a read of 2 shows what another store stored");
  EXPECT_EQ(fault({{at(13), at(14), 2, 1, 20}}), "a read of 2 has the version 1");
}

TEST(RegisterHistory, HasAFaultWhenStoresAreNumberedTwiceOrAgainstTheClock) {
  EXPECT_NE(fault_of({{{at(0), at(1), 1, 10}, {at(0), at(1), 1, 20}}, {}}), "");
  EXPECT_NE(fault_of({{{at(5), at(6), 1, 10}, {at(0), at(1), 2, 20}}, {}}), "");
  // The read saw 2, so that 1 was stored before it: but 1 had not begun.
  EXPECT_EQ(fault_of({{{at(5), at(6), 1, 10}, {at(0), at(9), 2, 20}}, {{at(1), at(2), 2, 2, 20}}}),
            "a read of 2 ended before it, or one before it, began to be stored");
}

constexpr int kItems = 3, kStorers = 3, kReaders = 3, kCalls = 60, kSessions = 4;

/// A few items, and what the threads of several sessions did with them.
class SharedItems {
 public:
  explicit SharedItems(std::string key) : key_(std::move(key)) {}

  /// In a store that was just opened the first reads have to load, beside stores and flushes.
  void begin_session(CollectionFastPersist& store) { store_ = &store; }

  void store_some(unsigned seed) {
    std::minstd_rand random(seed);
    for (std::int64_t n = 0; n < kCalls; ++n) {
      const auto item = static_cast<std::size_t>(random() % kItems);
      const std::int64_t number = static_cast<std::int64_t>(seed) * 1'000'000 + n;
      if (random() % 3 == 0) {
        read(item);
        continue;
      }
      const Moment begin = std::chrono::steady_clock::now();
      const std::uint64_t sequence = store_->store(key_, "{}", std::to_string(item), "c", number);
      add(item, ItemStore{begin, std::chrono::steady_clock::now(), sequence, number});
    }
  }
  void store_some_async(unsigned seed) {
    std::minstd_rand random(seed);
    for (std::int64_t n = 0; n < kCalls; ++n) {
      const auto item = static_cast<std::size_t>(random() % kItems);
      const std::int64_t number = static_cast<std::int64_t>(seed) * 1'000'000 + n;
      const Moment begin = std::chrono::steady_clock::now();
      store_->store_async(key_, "{}", std::to_string(item), "c", number, std::nullopt, std::nullopt,
                          [=, this](std::uint64_t sequence, const std::exception_ptr&) {
                            add(item, ItemStore{begin, std::chrono::steady_clock::now(), sequence, number});
                          });
      if (random() % 8 == 0) std::this_thread::sleep_for(milliseconds(1));
    }
  }
  void read_some(unsigned seed) {
    std::minstd_rand random(seed);
    for (int n = 0; n < kCalls * 2; ++n) {
      if (random() % 4 == 0) {
        read_collection();
      } else {
        read(static_cast<std::size_t>(random() % kItems));
      }
      if (random() % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 400));
    }
  }

  /// Once the threads and the outcomes of store_async are there. Returns the number of events.
  std::size_t check() {
    std::size_t events = 0;
    for (std::size_t item = 0; item < kItems; ++item) {
      EXPECT_EQ(fault_of(items_[item]), "") << "item " << item << " of " << key_;
      events += items_[item].stores.size() + items_[item].reads.size();
    }
    return events;
  }

 private:
  void add(std::size_t item, const ItemStore& event) {
    const std::lock_guard lock(mutex_);
    items_[item].stores.push_back(event);
  }
  void add(std::size_t item, Moment begin, Moment end, const Record* record) {
    ItemRead event{begin, end, 0, 0, 0};
    if (record != nullptr) {
      event = {begin, end, record->sequence(), record->version(), std::get<std::int64_t>(record->value())};
    }
    const std::lock_guard lock(mutex_);
    items_[item].reads.push_back(event);
  }
  void read(std::size_t item) {
    const Moment begin = std::chrono::steady_clock::now();
    const auto record = store_->get_item(key_, "c", std::to_string(item));
    add(item, begin, std::chrono::steady_clock::now(), record ? &*record : nullptr);
  }
  void read_collection() {
    const Moment begin = std::chrono::steady_clock::now();
    const auto items = store_->get_key(key_, "c");
    const Moment end = std::chrono::steady_clock::now();
    for (std::size_t item = 0; item < kItems; ++item) {
      add(item, begin, end, items ? items->find(std::to_string(item)) : nullptr);
    }
  }

  CollectionFastPersist* store_ = nullptr;
  const std::string key_;
  std::mutex mutex_;
  std::array<RegisterHistory, kItems> items_;
};

CollectionConfig busy_config(const std::filesystem::path& base_dir) {
  CollectionConfig config;
  config.base_dir = base_dir;
  config.max_wal_size = 16 * 1024;
  config.batch_size = 7;
  config.duckdb_flush_interval_seconds = 0.005;
  config.latest_interval_seconds = 0.01;
  config.backup_on_close = false;
  return config;
}

TEST(Linearizability, EachItemHasOneOrderThatAgreesWithRealTime) {
  const std::size_t histories = support::at_effort({.ci = 4, .proof = 100, .soak = 30'000});
  const support::TemporaryDirectory directory;
  std::size_t events = 0;
  for (std::size_t i = 0; i < histories && !HasFailure(); ++i) {
    SharedItems items("key" + std::to_string(i));
    unsigned seed = static_cast<unsigned>(i) * 100 + 1;
    for (int session = 0; session < kSessions; ++session) {
      CollectionFastPersist store("2025-12-24", busy_config(directory.path() / "store"));
      items.begin_session(store);
      std::vector<std::thread> threads;
      for (int t = 0; t < kStorers; ++t) threads.emplace_back([&items, s = seed++] { items.store_some(s); });
      threads.emplace_back([&items, s = seed++] { items.store_some_async(s); });
      for (int t = 0; t < kReaders; ++t) threads.emplace_back([&items, s = seed++] { items.read_some(s); });
      for (std::thread& thread : threads) thread.join();
      store.close();  // tells all outcomes
    }
    events += items.check();
  }
  EXPECT_GT(events, histories * kSessions * kCalls * (kStorers + kReaders));
  support::report_count("linearizable events", events);
}

}  // namespace
}  // namespace cfp::stress
