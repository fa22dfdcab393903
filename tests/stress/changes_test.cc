// Threads that compare, delete and write batches at once: what each is told agrees with what became of all.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "support/effort.h"
#include "support/temporary_directory.h"

namespace cfp {
namespace {

class ChangesOfThreads : public ::testing::Test {
 protected:
  ChangesOfThreads() {
    CollectionConfig config;
    config.base_dir = directory_.path() / "store";
    config.batch_size = 50;
    config.duckdb_flush_interval_seconds = 0.02;
    config.latest_interval_seconds = 0.05;
    config.backup_on_close = false;
    store_ = std::make_unique<CollectionFastPersist>("2025-12-24", config);
  }
  static void run_threads(int count, const std::function<void(int)>& work) {
    std::vector<std::thread> threads;
    for (int t = 0; t < count; ++t) threads.emplace_back([&work, t] { work(t); });
    for (std::thread& thread : threads) thread.join();
  }

  const support::TemporaryDirectory directory_;
  std::unique_ptr<CollectionFastPersist> store_;
  const std::int64_t rounds_ = static_cast<std::int64_t>(support::at_effort({.ci = 60, .proof = 600, .soak = 20'000}));
};

TEST_F(ChangesOfThreads, EachVersionIsWonByExactlyOne) {
  std::atomic<std::int64_t> lost{0};
  run_threads(6, [&](int t) {
    for (std::int64_t n = 0; n < rounds_; ++n) {
      while (true) {
        const auto now = store_->get_item("k", "", "counter");
        const std::int64_t count = now ? std::get<std::int64_t>(now->value()) : 0;
        try {
          const std::uint32_t expected = now ? now->version() : 0;
          store_->store("k", {}, "counter", "", count + 1, std::nullopt, std::to_string(t),
                        {.expected_version = expected});
          break;
        } catch (const VersionConflictError& error) {
          EXPECT_GT(error.current_version(), error.expected_version());
          // The winner is on disk and visible when the loser hears of it.
          EXPECT_GE(store_->get_item("k", "", "counter")->version(), error.current_version());
          ++lost;
        }
      }
    }
  });
  const auto counter = store_->get_item("k", "", "counter");
  EXPECT_EQ(counter->value(), Value(6 * rounds_));
  EXPECT_EQ(counter->version(), 6 * rounds_);
  EXPECT_GT(lost, 0) << "they were never in each other's way";
}

TEST_F(ChangesOfThreads, ABatchIsSeenWholeOrNotAtAll) {
  constexpr int kItems = 400;
  std::atomic<bool> going{true};
  std::uint64_t seen = 0;
  std::thread reader([&] {
    while (going) {
      const auto items = store_->get_key("k", "c");
      if (!items) continue;
      std::set<Value> values;
      for (const Record& item : *items) values.insert(item.value());
      ASSERT_EQ(values.size(), 1U) << "half of a batch";
      ASSERT_EQ(items->size(), std::size_t{kItems});
      ++seen;
    }
  });
  for (std::int64_t n = 0; n < rounds_; ++n) {
    Batch batch;
    for (int i = 0; i < kItems; ++i) batch.store("k", {}, std::to_string(i), "c", n);
    store_->commit(batch);
    if (n % 5 != 4) continue;
    EXPECT_EQ(store_->delete_collection("k", "c"), std::uint64_t{kItems});
  }
  going = false;
  reader.join();
  EXPECT_GT(seen, 0U);
}

/// New items all the time: the delete takes exactly those whose place is before its own.
TEST_F(ChangesOfThreads, ADeletedCollectionLosesWhatIsThereAtItsPlaceAndNothingElse) {
  std::atomic<int> writing{3};
  std::uint64_t deleted = 0;
  run_threads(4, [&](int t) {
    if (t == 3) {
      while (writing > 0) deleted += store_->delete_collection("k", "c");
      return;
    }
    for (std::int64_t n = 0; n < 4 * rounds_; ++n) {
      store_->store("k", {}, std::to_string(t) + "/" + std::to_string(n % 7 == 6 ? 0 : n), "c");
    }
    --writing;
  });
  const auto left = store_->get_key("k", "c");
  auto rows = store_->history_conn().execute(
      "SELECT item_name, cfp_op, coalesce(cfp_batch, cfp_seq) FROM storage_history ORDER BY cfp_seq");
  std::set<std::string> live, before_batch;
  std::uint64_t tombstones = 0, batch = 0;
  while (const auto row = rows.fetchone()) {
    const auto& item = std::get<std::string>(row->at(0));
    if (std::get<std::string>(row->at(1)) == "store") {
      EXPECT_TRUE(batch == 0 || live.empty()) << "a delete left something";
      batch = 0;
      live.insert(item);
      continue;
    }
    const auto now = std::get<std::uint64_t>(row->at(2));
    EXPECT_TRUE(batch == 0 || batch == now);
    batch = now;
    EXPECT_EQ(live.erase(item), 1U) << "deleted what was not there";
    ++tombstones;
  }
  EXPECT_EQ(tombstones, deleted);
  EXPECT_EQ(left ? left->size() : 0U, live.size());
  EXPECT_GT(deleted, 0U);
}

}  // namespace
}  // namespace cfp
