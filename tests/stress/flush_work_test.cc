// The cost of a flush and of a load does not grow with history (P13): what they read and write is counted. How long a
// flush takes is measured in bench/flush_over_history.cc.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "support/effort.h"
#include "support/io_work.h"
#include "support/made_record.h"
#include "support/stepped_background.h"
#include "support/temporary_directory.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp::stress {
namespace {

namespace fs = std::filesystem;
using support::IoWork;

constexpr const char* kFlushDay = "2025-12-24";
constexpr std::uint64_t kItemsOfAKey = 10, kFlushedRecords = 1000;

std::string key_of(std::uint64_t item) { return "key" + std::to_string(item / kItemsOfAKey); }
std::string item_of(std::uint64_t item) { return "item" + std::to_string(item); }

/// A store with so many versions of each item in its tables, and nothing in memory. Its background steps rest, so that
/// what is counted is the call's.
class GrownStore {
 public:
  GrownStore(const fs::path& base_dir, std::uint64_t items, std::uint64_t versions) : items_(items) {
    fs::create_directories(base_dir);
    config_.base_dir = base_dir;
    config_.batch_size = 1'000'000;
    write_history(versions);
    engine::EngineParts parts = engine::make_system_parts(Date(kFlushDay), config_);
    parts.environment.background = std::make_unique<support::SteppedBackground>();
    engine_ = std::make_unique<engine::Engine>(Date(kFlushDay), config_, std::move(parts));  // makes latest of history
    support::report_count("rows of history below a counted flush", items * versions);
  }

  /// Of all items of the keys from there on.
  void load(std::uint64_t first, std::uint64_t items) {
    for (std::uint64_t item = first; item < first + items; item += kItemsOfAKey) {
      const auto found = engine_->readable_cache().get_collection(key_of(item % items_), "");
      ASSERT_TRUE(found && found->size() == kItemsOfAKey);
    }
  }
  /// One record for each of those items, and the flush that is counted.
  IoWork flush(std::uint64_t first) {
    Batch batch;
    for (std::uint64_t i = 0; i < kFlushedRecords; ++i) {
      const std::uint64_t item = (first + i) % items_;
      batch.store(key_of(item), Data().set("n", static_cast<std::int64_t>(item)), item_of(item));
    }
    const std::uint64_t last = engine_->commit(batch, {}).last_sequence;
    const IoWork work = support::io_work_of([&] { engine_->flush(); });
    EXPECT_EQ(engine_->stats().history_watermark, last);
    return work;
  }
  /// Each item went on with its versions.
  void expect_versions(std::uint32_t version) {
    EXPECT_EQ(engine_->readable_cache().get_item(key_of(0), "", item_of(0))->version(), version);
    auto rows = engine_->query(engine::OpenStore::Table::history,
                               "SELECT min(version), max(version) FROM storage_history WHERE cfp_seq > ?::UBIGINT",
                               {std::to_string(rows_)});
    EXPECT_EQ(rows.fetchone(), (Row{std::int64_t{version}, std::int64_t{version}}));
  }

 private:
  void write_history(std::uint64_t versions) {
    constexpr std::uint64_t kRowsAtOnce = 50'000;
    const auto tables = tables::make_duckdb_tables({config_.base_dir, config_.duckdb_memory_limit_bytes, 1});
    const auto history = tables->open_history({}, std::string(32, 'a'));
    rows_ = items_ * versions;
    std::vector<model::Record> records;
    std::vector<tables::VersionedRecord> rows;
    for (std::uint64_t done = 0; done < rows_; done += records.size()) {
      records.clear();
      rows.clear();
      const std::uint64_t end = std::min(rows_, done + kRowsAtOnce);
      for (std::uint64_t n = done; n < end; ++n) {
        const std::uint64_t item = n % items_;
        records.push_back(support::numbered(
            support::made_record(key_of(item), "", item_of(item), {}, "{\"n\":" + std::to_string(n) + "}"), n + 1));
      }
      for (std::uint64_t n = done; n < end; ++n) {
        rows.push_back(
            {&records[n - done], static_cast<std::uint32_t>(n / items_ + 1), n < items_ ? 0 : n + 1 - items_});
      }
      history->append(rows);
    }
    history->checkpoint();
  }

  const std::uint64_t items_;
  std::uint64_t rows_ = 0;
  CollectionConfig config_;
  std::unique_ptr<engine::Engine> engine_;
};

class FlushWork : public ::testing::Test {
 protected:
  std::unique_ptr<GrownStore> make(const std::string& name, std::uint64_t items, std::uint64_t versions) {
    return std::make_unique<GrownStore>(directory_.path() / name, items, versions);
  }
  static void expect_no_more(const IoWork& large, const IoWork& small, const std::string& what) {
    std::cout << what << ": " << large.bytes << " bytes in " << large.calls << " calls over a large history, "
              << small.bytes << " in " << small.calls << " over a small one\n";
    EXPECT_GT(small.bytes, 0U);
    EXPECT_LE(static_cast<double>(large.bytes), 1.3 * static_cast<double>(small.bytes)) << what;
    EXPECT_LE(static_cast<double>(large.calls), 1.3 * static_cast<double>(small.calls) + 5)
        << what;  // other threads write a few bytes, too
  }
  // A tenth of the rows is of items; the rest is history. With fewer, one block of DuckDB's more is over the bound.
  const std::uint64_t items_ = std::max<std::uint64_t>(30'000, support::at_effort({30'000, 200'000, 1'000'000}));
  const support::TemporaryDirectory directory_;
};

TEST_F(FlushWork, OfItemsInMemoryIsTheSameOverTenThousandRowsAndOverThirtyTimesAsMany) {
  const auto large = make("large", items_, 10), small = make("small", 1000, 10);
  IoWork work_of_large, work_of_small;
  for (GrownStore* const store : {large.get(), small.get()}) {
    store->load(0, 1000);
    (store == large.get() ? work_of_large : work_of_small) = store->flush(0);
    store->expect_versions(11);
  }
  expect_no_more(work_of_large, work_of_small, "a flush of items in memory");
}

TEST_F(FlushWork, OfItemsThatHaveToBeLookedUpAndOfALoadIsTheSameWithTenVersionsOfEachAsWithOne) {
  const auto large = make("large", items_, 10), small = make("small", items_, 1);
  expect_no_more(support::io_work_of([&] { large->load(5000, 1000); }),
                 support::io_work_of([&] { small->load(5000, 1000); }), "a load of 100 collections");
  const IoWork work_of_large = large->flush(0), work_of_small = small->flush(0);
  expect_no_more(work_of_large, work_of_small, "a flush of items to look up");
  large->expect_versions(11);
  small->expect_versions(2);
}

}  // namespace
}  // namespace cfp::stress
