// What can grow under a flood is bounded (P13): measured on the process, by what docs/durability.md states.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>

#include "cfp/collection_fast_persist.h"
#include "engine/engine.h"
#include "stress/flood.h"
#include "support/effort.h"
#include "support/footprint.h"
#include "support/temporary_directory.h"
#include "support/watched_directory.h"

namespace cfp::stress {
namespace {

namespace fs = std::filesystem;
using support::Footprint;
using support::WatchedDirectory;

constexpr const char* kDay = "2025-12-24";
constexpr std::uint64_t kMib = 1024 * 1024;
constexpr std::uint64_t kUnflushedBytes = 4 * kMib, kSegmentBytes = kMib / 4, kBackupLogBytes = kMib;
constexpr std::uint64_t kDuckDbBytes = 256 * kMib;

// docs/durability.md, "Bounds".
constexpr std::size_t kThreadsOfAStore = 6, kDescriptorsOfAStore = 24;
constexpr std::uint64_t kAsyncBytes = 16 * kMib + kUnflushedBytes / 8, kFixedBytes = 32 * kMib;
/// Of the items that a flood reads and writes, in memory.
constexpr std::uint64_t kLoadedBytes = 16 * kMib;
constexpr std::uint64_t kOurBytes = kLoadedBytes + kUnflushedBytes + kAsyncBytes + kFixedBytes;
/// For each table, and for the one that is read back while a backup is made.
constexpr std::uint64_t kAllBytes = kOurBytes + 3 * kDuckDbBytes;
/// A call of store_async that waits needs this at least.
constexpr std::uint64_t kCallBytes = Flood::kDataBytes - 40;

/// The most that was seen of each.
struct Peak {
  std::uint64_t unflushed_bytes = 0, waiting_calls = 0;
  Footprint process;

  void look(const Stats& stats, std::uint64_t waiting) {
    const Footprint now = support::footprint();
    unflushed_bytes = std::max(unflushed_bytes, stats.unflushed_bytes);
    waiting_calls = std::max(waiting_calls, waiting);
    process.resident_bytes = std::max(process.resident_bytes, now.resident_bytes);
    process.heap_bytes = std::max(process.heap_bytes, now.heap_bytes);
    process.threads = std::max(process.threads, now.threads);
    process.descriptors = std::max(process.descriptors, now.descriptors);
  }
  friend std::ostream& operator<<(std::ostream& out, const Peak& peak) {
    return out << "unflushed " << peak.unflushed_bytes << ", waiting calls " << peak.waiting_calls << ", resident "
               << peak.process.resident_bytes / kMib << " MiB, heap " << peak.process.heap_bytes / kMib
               << " MiB, threads " << peak.process.threads << ", descriptors " << peak.process.descriptors;
  }
};

bool becomes_true(const std::function<bool()>& what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!what()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

class Bounds : public ::testing::Test {
 protected:
  Bounds() {
    config_.base_dir = directory_.path() / "store";
    config_.max_wal_size = kSegmentBytes;
    config_.duckdb_flush_interval_seconds = 0.05;
    config_.latest_interval_seconds = 0.2;
    config_.max_unflushed_bytes = kUnflushedBytes;
    config_.backup_log_bytes = kBackupLogBytes;
    config_.duckdb_memory_limit_bytes = kDuckDbBytes;
    config_.store_timeout_seconds = 120;
    store_old_collections();
    before_ = support::footprint();
  }

  /// What is in the tables and not in memory once the store is opened again.
  void store_old_collections() {
    CollectionFastPersist store(kDay, config_);
    Batch batch;
    for (std::uint64_t key = 0; key < Flood::kOldKeys; ++key) {
      for (std::uint64_t item = 0; item < Flood::kItemsOfAKey; ++item) {
        batch.store("old" + std::to_string(key), Data().set("n", static_cast<std::int64_t>(item)),
                    std::to_string(item));
      }
      // The thread sanitizer can follow 64 locks of a thread, and a batch holds those of all its shards at once.
      if (key % 32 != 31 && key + 1 < Flood::kOldKeys) continue;
      records_ += store.commit(batch).records;
      batch = {};
    }
    store.close();
  }
  /// On a disk that takes its time for each sync and each piece of a copy, so that stores come faster than it.
  std::unique_ptr<engine::Engine> open_on_slow_disk() {
    engine::EngineParts parts = engine::make_system_parts(Date(kDay), config_);
    parts.base = std::make_unique<WatchedDirectory>(
        std::move(parts.base),
        WatchedDirectory::Calls{[] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); },
                                [] { std::this_thread::sleep_for(std::chrono::microseconds(500)); }});
    return std::make_unique<engine::Engine>(Date(kDay), config_, std::move(parts));
  }
  Peak flood(engine::Engine& engine, std::uint64_t seed) {
    Peak peak;
    Flood flood(engine, seed);
    const auto begin = std::chrono::steady_clock::now();
    const auto end = begin + std::chrono::milliseconds(support::at_effort({2500, 15'000, 60'000}));
    // On a busy machine it takes longer until they come faster than the disk, and all of them do.
    const auto last = std::max(end, begin + std::chrono::seconds(30));
    const auto goes_on = [&](auto now) { return now < (is_flood(peak) && flood.is_of_all_kinds() ? end : last); };
    while (goes_on(std::chrono::steady_clock::now())) {
      const Stats stats = engine.stats();
      peak.look(stats, flood.waiting());
      note_backup(stats);
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    flood.stop();
    EXPECT_TRUE(becomes_true([&] { return flood.waiting() == 0; })) << flood.waiting() << " were not told";
    records_ += flood.records();
    EXPECT_TRUE(flood.is_of_all_kinds()) << flood.misses() << " misses, " << flood.loads() << " loads";
    support::report_count("records of floods", flood.records());
    support::report_count("read misses of floods", flood.misses());
    return peak;
  }
  /// What came while a backup was made waits for the next one.
  void note_backup(const Stats& stats) {
    if (std::exchange(backups_, stats.backups_made) != stats.backups_made) log_bytes_then_ = stats.log_bytes;
  }

  static bool is_flood(const Peak& peak) {
    // A sanitizer slows those who store more than DuckDB, which is not instrumented.
    return peak.unflushed_bytes >= kUnflushedBytes * (support::kMemoryIsOurs ? 9 : 5) / 10 &&
           peak.waiting_calls * kCallBytes >= kAsyncBytes / 2;
  }

  void expect_bounded(const Peak& peak) const {
    EXPECT_TRUE(is_flood(peak));
    EXPECT_LE(peak.unflushed_bytes, kUnflushedBytes);
    EXPECT_LE(peak.waiting_calls * kCallBytes, kAsyncBytes + Flood::kAsyncWriters * kCallBytes);
    EXPECT_LE(peak.process.threads, before_.threads + Flood::kThreads + kThreadsOfAStore);
    EXPECT_LE(peak.process.descriptors, before_.descriptors + kDescriptorsOfAStore);
    if (!support::kMemoryIsOurs) return;
    EXPECT_LE(peak.process.resident_bytes, before_.resident_bytes + kAllBytes);
    EXPECT_LE(peak.process.heap_bytes, before_.heap_bytes + kOurBytes);
    EXPECT_GT(peak.process.heap_bytes, before_.heap_bytes + kUnflushedBytes) << "not measured";
  }
  void expect_fallen_back(const engine::Engine& engine) {
    EXPECT_TRUE(becomes_true([&] { return engine.stats().unflushed_bytes == 0; })) << engine.stats().unflushed_bytes;
    EXPECT_TRUE(becomes_true([&] {
      const Stats stats = engine.stats();
      note_backup(stats);
      const std::uint64_t both = fs::file_size(config_.base_dir / "storage_history.duckdb") +
                                 fs::file_size(config_.base_dir / "storage_latest.duckdb");
      return stats.log_bytes <= log_bytes_then_ + std::max(kBackupLogBytes, both / 2) + 2 * kSegmentBytes;
    })) << engine.stats().log_bytes
        << " bytes of log; " << engine.stats().last_backup_error;
    EXPECT_TRUE(becomes_true([&] { return support::footprint().threads <= before_.threads + kThreadsOfAStore - 1; }))
        << support::footprint().threads;
    const Footprint now = support::footprint();
    EXPECT_LE(now.descriptors, before_.descriptors + kDescriptorsOfAStore);
    if (!support::kMemoryIsOurs) return;
    EXPECT_LE(now.heap_bytes, before_.heap_bytes + kLoadedBytes + kFixedBytes / 2);
  }
  /// P1 and P3: each record that was told is one row.
  void expect_whole() {
    CollectionFastPersist store(kDay, config_);
    const auto row = store.history_conn()
                         .execute(
                             "SELECT count(*), max(cfp_seq), (SELECT count(*) FROM (SELECT 1 FROM storage_history "
                             "GROUP BY \"key\", collection_name, item_name HAVING count(*) <> max(version))) FROM "
                             "storage_history")
                         .fetchone()
                         .value();
    EXPECT_EQ(row, (Row{static_cast<std::int64_t>(records_), records_, std::int64_t{0}}));
  }

  const support::TemporaryDirectory directory_;
  CollectionConfig config_;
  Footprint before_;
  std::uint64_t records_ = 0, backups_ = 0, log_bytes_then_ = 0;
};

TEST_F(Bounds, HoldUnderAFloodOnASlowDiskAndAreFallenBackFromAfterIt) {
  {
    const auto engine = open_on_slow_disk();
    for (std::uint64_t round = 1; round <= 2; ++round) {
      const Peak peak = flood(*engine, round);
      std::cout << peak << "\n";
      expect_bounded(peak);
      expect_fallen_back(*engine);
    }
    engine->close();
  }
  EXPECT_EQ(support::footprint().threads, before_.threads);
  EXPECT_EQ(support::footprint().descriptors, before_.descriptors);
  expect_whole();
}

}  // namespace
}  // namespace cfp::stress
