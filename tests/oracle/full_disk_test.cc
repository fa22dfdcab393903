// A disk that fills up at any point of any stage, and has space again: what was acknowledged stays readable, the call
// that failed says disk_full, the next one succeeds, and nothing is lost or doubled (P1 to P5, P8, P9).

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>
#include <utility>

#include "crash/workload.h"
#include "oracle/opened_store.h"
#include "oracle/small_disk.h"
#include "support/effort.h"

namespace cfp::oracle {
namespace {

constexpr const char* kDiskSize = "64m";
constexpr int kOldRecords = 900;       // in the tables and in a backup
constexpr int kStoredRecords = 600;    // in the log
constexpr std::uint64_t kMost = 8192;  // KiB; beyond that no stage finds a full disk

/// What is stored as number `n`. It does not compress, and every item has several versions.
Data data_of(int n) {
  std::string filler;
  for (std::uint64_t bits = crash::mixed(static_cast<std::uint64_t>(n)); filler.size() < 800;
       bits = crash::mixed(bits)) {
    filler += std::to_string(bits);
  }
  return Data().set("filler", filler);
}
std::string item_of(int n) { return "i" + std::to_string(n % 600); }
std::string key_of(int n) { return "k" + std::to_string(n % 600 % 7); }

/// A store on a disk of its own, and how many records it acknowledged.
class Store {
 public:
  explicit Store(const fs::path& at) : disk_(at, kDiskSize), config_(calm_config(at / "store")) {
    config_.max_wal_size = 128 * 1024;
    config_.store_timeout_seconds = 0;
  }
  [[nodiscard]] const SmallDisk& disk() const { return disk_; }
  [[nodiscard]] fs::path history() const { return config_.base_dir / "storage_history.duckdb"; }
  [[nodiscard]] fs::path latest() const { return config_.base_dir / "storage_latest.duckdb"; }
  CollectionConfig& config() { return config_; }
  [[nodiscard]] bool is_open() const { return store_ != nullptr; }
  CollectionFastPersist& open() {
    if (!store_) store_ = std::make_unique<CollectionFastPersist>(kDay, config_);
    return *store_;
  }
  /// Whatever it throws: the store is gone.
  void close() {
    open();
    const std::unique_ptr<CollectionFastPersist> closed = std::move(store_);
    closed->close();
  }
  /// As a kill leaves it.
  void kill() {
    fs::copy(config_.base_dir, disk_.path() / "killed", fs::copy_options::recursive);
    store_.reset();
    fs::remove_all(config_.base_dir);
    fs::rename(disk_.path() / "killed", config_.base_dir);
  }
  void add(int records) {
    for (int i = 0; i < records; ++i) {
      open().store(key_of(records_), data_of(records_), item_of(records_), "", std::int64_t{records_});
      ++records_;
    }
  }
  void fill_up(std::uint64_t free_kib) {
    std::ofstream ballast(disk_.path() / "ballast", std::ios::binary);
    const std::uint64_t available = fs::space(disk_.path()).available;
    ballast << std::string(available - std::min(available, free_kib * 1024), 'x');
  }
  void give_space() const { fs::remove(disk_.path() / "ballast"); }

  /// Readers of the running store see the last record of each item.
  void expect_readable() {
    for (int n = std::max(0, records_ - 600); n < records_; ++n) {
      const auto item = open().get_item(key_of(n), "", item_of(n));
      ASSERT_TRUE(item) << n;
      ASSERT_EQ(item->value(), Value(std::int64_t{n}));
      ASSERT_EQ(item->data().get_string("filler"), data_of(n).get_string("filler"));
    }
  }
  /// Each record is one row, in order, with versions without a gap; and latest has the last ones.
  void expect_whole() {
    using I = std::int64_t;
    const auto rows =
        open().history_conn().execute("SELECT value_int, version FROM storage_history ORDER BY cfp_seq").fetchall();
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(records_));
    for (int n = 0; n < records_; ++n) ASSERT_EQ(rows[static_cast<std::size_t>(n)], (Row{I{n}, I{n / 600 + 1}}));
    EXPECT_EQ(count_of(open().latest_conn(), "storage_latest"), std::min(records_, 600));
    EXPECT_TRUE(open().check_database_health(history(), "storage_history"));
    EXPECT_TRUE(open().check_database_health(latest(), "storage_latest"));
  }

 private:
  SmallDisk disk_;
  CollectionConfig config_;
  std::unique_ptr<CollectionFastPersist> store_;
  int records_ = 0;
};

/// `prepare` leaves the store as `work` finds it on the full disk. A close whose backup failed is a close.
struct Stage {
  std::string name;
  std::function<void(Store&)> prepare, work;
  friend void PrintTo(const Stage& stage, std::ostream* out) { *out << stage.name; }
};

void leave_open(Store& store) { store.add(kStoredRecords); }
void leave_killed(Store& store) {
  store.add(kStoredRecords);
  store.kill();
}
void leave_flushed(Store& store) {
  store.add(kStoredRecords);
  store.open().flush_data_to_duckdb();
}
void leave_damaged(Store& store) {
  leave_killed(store);
  fs::resize_file(store.history(), 5000);
  fs::remove(store.history().string() + ".wal");
}

std::vector<Stage> stages() {
  const auto bring_latest_up_to_date = [](Store& store) { count_of(store.open().latest_conn(), "storage_latest"); };
  const auto open = [](Store& store) { store.open(); };
  return {
      {"Append", leave_open, [](Store& store) { store.add(kStoredRecords); }},
      {"Flush", leave_open, [](Store& store) { store.open().flush_data_to_duckdb(); }},
      {"UpdateOfLatest", leave_flushed, bring_latest_up_to_date},
      {"Backup", leave_flushed, [](Store& store) { static_cast<void>(store.open().backup()); }},
      {"RebuildOfLatest", leave_flushed,
       [](Store& store) { static_cast<void>(store.open().rebuild_latest_from_history()); }},
      {"Close", leave_flushed, [](Store& store) { store.close(); }},
      {"Replay", leave_killed, [](Store& store) { store.open().flush_data_to_duckdb(); }},
      {"Healing", leave_damaged, open},
      {"AddedColumn", leave_killed,
       [](Store& store) {
         store.config().extra_schema = {{"filler", "string"}};
         store.config().add_missing_columns = true;
         store.open();
       }},
  };
}

class FullDisk : public ::testing::TestWithParam<Stage> {
 protected:
  /// True when the stage found the disk full.
  static bool try_stage(Store& store) {
    try {
      GetParam().work(store);
      return false;
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::disk_full) << error.what();
      EXPECT_NE(std::string(error.what()).find("space"), std::string::npos) << error.what();
      return true;
    }
  }
  [[nodiscard]] fs::path path() const { return directory_.path() / "disk"; }

 private:
  const support::TemporaryDirectory directory_;
};

TEST_P(FullDisk, CostsNothingWhereverItFillsUpAndIsOverWhenThereIsSpace) {
  const std::size_t cases = support::at_effort({.ci = 3, .proof = 24, .soak = 200});
  std::size_t found_full = 0;
  for (std::size_t i = 0; i < cases && !HasFailure(); ++i) {
    // None at first, then more and more, closer together where little is left.
    const double share = static_cast<double>(i) / static_cast<double>(cases);
    const auto free_kib = static_cast<std::uint64_t>(share * share * kMost);
    SCOPED_TRACE(std::to_string(free_kib) + " KiB are free");
    Store store(path());
    if (!store.disk().is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << store.disk().reason();
    store.add(kOldRecords);
    store.close();
    GetParam().prepare(store);
    store.fill_up(free_kib);
    const bool was_full = try_stage(store);
    found_full += was_full ? 1U : 0U;
    if (was_full && store.is_open()) store.expect_readable();
    store.give_space();
    store.expect_readable();
    if (was_full) {
      EXPECT_FALSE(try_stage(store)) << "there is space again";
    }
    store.expect_whole();
    store.close();
    store.expect_whole();
  }
  EXPECT_GT(found_full, 0U) << "the disk was never full";
  support::report_count("full disks", found_full);
}

INSTANTIATE_TEST_SUITE_P(Stages, FullDisk, ::testing::ValuesIn(stages()),
                         [](const auto& stage) { return stage.param.name; });

}  // namespace
}  // namespace cfp::oracle
