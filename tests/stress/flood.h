#pragma once

// Writers of every kind and readers of what is nowhere or has to be loaded, each as fast as the store lets it.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "crash/workload.h"
#include "engine/engine.h"

namespace cfp::stress {

/// Begins with the construction. Threads: one. The engine must outlive it.
class Flood {
 public:
  static constexpr std::size_t kWriters = 12, kBatchers = 3, kDeleters = 1, kAsyncWriters = 3;
  static constexpr std::size_t kMissers = 2, kLoaders = 1;
  static constexpr std::size_t kThreads = kWriters + kBatchers + kDeleters + kAsyncWriters + kMissers + kLoaders;
  static constexpr std::size_t kDataBytes = 1000;
  static constexpr std::uint64_t kOldKeys = 500, kItemsOfAKey = 10;  ///< That are in the tables and not in memory.

  /// The names of `seed` are read and written; what is nowhere is called anew with each.
  Flood(engine::Engine& engine, std::uint64_t seed) : engine_(engine), seed_(seed) {
    begin(kWriters, [this](std::uint64_t bits) { store(bits); });
    begin(kBatchers, [this](std::uint64_t bits) { commit(bits); });
    begin(kDeleters, [this](std::uint64_t bits) { delete_collection(bits); });
    begin(kAsyncWriters, [this](std::uint64_t bits) { store_async(bits); });
    begin(kMissers, [this](std::uint64_t) { miss(); });
    begin(kLoaders, [this](std::uint64_t) { load(); });
  }
  ~Flood() { stop(); }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  /// Returns when all threads have ended; calls of store_async may still be on their way.
  void stop() {
    stopped_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  /// Stored and told so: each is a row of history.
  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] std::uint64_t misses() const { return misses_; }
  [[nodiscard]] std::uint64_t loads() const { return loads_; }
  /// Calls of store_async that wait for their outcome.
  [[nodiscard]] std::uint64_t waiting() const { return begun_ - told_; }
  /// Whether enough of each kind of call came to its end.
  [[nodiscard]] bool is_of_all_kinds() const { return records_ > 1000 && told_ > 1000 && misses_ > 10 && loads_ > 10; }

 private:
  template <class Step>
  void begin(std::size_t count, Step step) {
    for (std::size_t i = 0; i < count; ++i) {
      threads_.emplace_back([this, step, bits = crash::mixed(seed_ * 1000 + threads_.size())]() mutable {
        try {
          for (; !stopped_; bits = crash::mixed(bits)) step(bits);
        } catch (const std::exception& error) {
          ADD_FAILURE() << error.what();
        }
      });
    }
  }
  struct Name {
    std::string key, collection_name, item_name;
  };
  static Name name_of(std::uint64_t bits) {
    return {"k" + std::to_string(bits % 40), "c" + std::to_string((bits >> 8U) % 4),
            "i" + std::to_string((bits >> 16U) % 25)};
  }
  static Data data_of(std::uint64_t bits) {
    return Data("{\"n\":" + std::to_string(bits) + ",\"filler\":\"" + std::string(kDataBytes - 40, 'x') + "\"}");
  }
  void store(std::uint64_t bits) {
    const Name name = name_of(bits);
    engine_.store(name.key, data_of(bits).text(), name.item_name, name.collection_name, {}, {}, {}, {});
    ++records_;
  }
  void commit(std::uint64_t bits) {
    Batch batch;
    for (int i = 0; i < 20; ++i, bits = crash::mixed(bits)) {
      const Name name = name_of(bits);
      if (i % 5 == 4) {
        batch.delete_item(name.key, name.collection_name, name.item_name);
      } else {
        batch.store(name.key, data_of(bits), name.item_name, name.collection_name);
      }
    }
    records_ += engine_.commit(batch, {}).records;
  }
  void delete_collection(std::uint64_t bits) {
    const Name name = name_of(bits);
    records_ += engine_.delete_all(name.key, name.collection_name, {}, {});
  }
  void store_async(std::uint64_t bits) {
    const Name name = name_of(bits);
    ++begun_;
    engine_.store_async({{false, name.key, data_of(bits), name.item_name, name.collection_name, {}, {}, {}, {}},
                         [this](std::uint64_t, const std::exception_ptr& error) {
                           EXPECT_FALSE(error);
                           ++records_;
                           ++told_;
                         }});
  }
  void miss() {
    const std::uint64_t n = misses_++;
    const std::string name = "gone" + std::to_string(seed_) + "_" + std::to_string(n);
    // Of a key that is nowhere, and of one that has other collections.
    const auto found = engine_.readable_cache().get_item(n % 2 == 0 ? name : "k1", name, name);
    EXPECT_FALSE(found);
  }
  void load() {
    const std::uint64_t n = loads_++ % kOldKeys;
    const auto found = engine_.readable_cache().get_collection("old" + std::to_string(n), "");
    EXPECT_TRUE(found && found->size() == kItemsOfAKey);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  engine::Engine& engine_;
  const std::uint64_t seed_;
  std::atomic<bool> stopped_{false};
  std::atomic<std::uint64_t> records_{0}, misses_{0}, loads_{0}, begun_{0}, told_{0};
  std::vector<std::thread> threads_;
};

}  // namespace cfp::stress
