// Many threads at once, also under the thread sanitizer: no reader ever sees an item go back.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "support/temporary_directory.h"

namespace cfp {
namespace {

constexpr int kKeys = 3, kCollections = 2, kItems = 5;
constexpr std::chrono::milliseconds kTime{3000};

std::string name(const char* prefix, int n) { return prefix + std::to_string(n); }

/// What one thread has seen of each item.
class Seen {
 public:
  void see(const std::string& place, const Record& record) {
    auto& [version, sequence] = seen_[place + "/" + std::string(record.item_name())];
    EXPECT_GE(record.version(), version) << place << " went back";
    EXPECT_GE(record.sequence(), sequence) << place << " went back";
    EXPECT_EQ(record.version() == version, record.sequence() == sequence) << place;
    EXPECT_EQ(record.value(), Value(record.data().get_int("n").value())) << "half of a record";
    version = record.version();
    sequence = record.sequence();
  }

 private:
  std::map<std::string, std::pair<std::uint32_t, std::uint64_t>> seen_;
};

class Concurrency : public ::testing::Test {
 protected:
  Concurrency() {
    config_.base_dir = directory_.path() / "store";
    config_.max_wal_size = 16 * 1024;
    config_.batch_size = 20;
    config_.duckdb_flush_interval_seconds = 0.02;
    config_.latest_interval_seconds = 0.05;
  }

  void write(int thread) {
    CollectionFastPersist& store = *store_;
    Seen seen;
    std::minstd_rand random(static_cast<unsigned>(thread));
    std::uint64_t last = 0;
    for (std::int64_t n = 0; going_; ++n) {
      const std::string key = name("key", static_cast<int>(random() % kKeys));
      const std::string collection = name("c", static_cast<int>(random() % kCollections));
      const std::string item = name("item", static_cast<int>(random() % kItems));
      const std::uint64_t sequence = store.store(key, Data().set("n", n), item, collection, n);
      EXPECT_GT(sequence, last);
      last = sequence;
      ++stored_;
      const auto record = store.get_item(key, collection, item);
      ASSERT_TRUE(record);
      EXPECT_GE(record->sequence(), sequence) << "a writer does not see what it wrote";
      seen.see(key + "/" + collection, *record);
    }
  }

  void read(int thread) {
    CollectionFastPersist& store = *store_;
    Seen seen;
    std::minstd_rand random(static_cast<unsigned>(100 + thread));
    while (going_) {
      const std::string key = name("key", static_cast<int>(random() % kKeys));
      const std::string collection = name("c", static_cast<int>(random() % kCollections));
      if (const auto items = store.get_key(key, collection)) {
        for (const Record& record : *items) seen.see(key + "/" + collection, record);
      }
      if (random() % 4 == 0) {
        const auto all = store.get_key(key);
        for (const Collection& one : all.value_or(Collections())) {
          for (const Record& record : one.items) seen.see(key + "/" + one.name, record);
        }
      }
      static_cast<void>(store.get_key(name("missing", static_cast<int>(random() % 100))));
      std::this_thread::yield();
    }
  }

  void operate() {
    CollectionFastPersist& store = *store_;
    std::int64_t rows = 0;
    for (int round = 0; going_; ++round) {
      store.flush_data_to_duckdb();
      const std::uint64_t before = stored_;
      const auto count = store.history_conn().execute("SELECT count(*) FROM storage_history").fetchone();
      EXPECT_GE(std::get<std::int64_t>(count->at(0)), std::max(rows, static_cast<std::int64_t>(before)));
      rows = std::get<std::int64_t>(count->at(0));
      const auto twice = store.latest_conn()
                             .execute(
                                 "SELECT count(*) - count(DISTINCT (\"key\", collection_name, item_name)) FROM "
                                 "storage_latest")
                             .fetchone();
      EXPECT_EQ(twice->at(0), Cell(std::int64_t{0}));
      const Stats stats = store.get_stats();
      EXPECT_LE(stats.latest_watermark, stats.last_sequence);
      if (round % 8 != 7) continue;
      EXPECT_GT(store.rebuild_latest_from_history(), 0U);
    }
  }

  const support::TemporaryDirectory directory_;
  CollectionConfig config_;
  std::unique_ptr<CollectionFastPersist> store_;
  std::atomic<bool> going_{true};
  std::atomic<std::uint64_t> stored_{0};
};

TEST_F(Concurrency, NoReaderSeesAnItemGoBack) {
  store_ = std::make_unique<CollectionFastPersist>("2025-12-24", config_);
  store_->store("key0", Data().set("n", 0), "item0", "c0", std::int64_t{0});
  ++stored_;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([this, i] { write(i); });
  for (int i = 0; i < 3; ++i) threads.emplace_back([this, i] { read(i); });
  threads.emplace_back([this] { operate(); });
  std::this_thread::sleep_for(kTime);
  going_ = false;
  for (std::thread& thread : threads) thread.join();
  store_->close();

  CollectionFastPersist store("2025-12-24", config_);
  const auto row = store.history_conn()
                       .execute(
                           "SELECT count(*), count(DISTINCT cfp_seq), count(DISTINCT (\"key\", collection_name, "
                           "item_name, version)) FROM storage_history")
                       .fetchone();
  EXPECT_EQ(*row, Row(3, Cell(static_cast<std::int64_t>(stored_))));
  std::cout << stored_ << " stores\n";
}

}  // namespace
}  // namespace cfp
