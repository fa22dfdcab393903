// The hall on a simulated disk, clock and tables: what it does when a part of it fails, and what it says of itself.

#include "engine/engine.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "support/fake_tables.h"
#include "support/simulated_environment.h"
#include "support/temporary_directory.h"

namespace cfp::engine {
namespace {

using support::CommitFault;

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    tables_->read_file = [this](const std::filesystem::path& path) { return disk_.content(path).value_or(""); };
    config_.base_dir = "/store";
    config_.max_wal_size = 4096;
    config_.batch_size = 1'000'000;
    config_.allow_network_fs = true;
  }
  void open(const char* date = "2025-01-15") {
    EngineParts parts;
    parts.environment = support::make_simulated_environment(disk_, clock_, background_);
    parts.tables = std::make_unique<support::FakeTables>(tables_);
    parts.base = disk_.open_base_directory(config_.base_dir);
    parts.make_store_id = [] { return std::string(32, 'a'); };
    engine_ = std::make_unique<Engine>(Date(date), config_, std::move(parts));
  }
  void kill() {
    tables_->crash();
    disk_.crash(support::CrashMode::keep_all);
    engine_.reset();
  }
  std::uint64_t store(std::string_view key, std::string_view collection, std::string_view item,
                      std::string_view data = "{}") {
    return engine_->store(key, data, item, collection, {}, std::nullopt, std::nullopt, {});
  }
  [[nodiscard]] std::optional<Record> get(std::string_view key, std::string_view collection, std::string_view item) {
    return engine_->readable_cache().get_item(key, collection, item);
  }
  template <class Call>
  std::optional<ErrorCode> code_of(const Call& call, std::string* text = nullptr) {
    try {
      call();
      return std::nullopt;
    } catch (const CollectionFastPersistError& error) {
      if (text != nullptr) *text = error.what();
      return error.code();
    }
  }

  support::SimulatedDisk disk_{1};
  support::SimulatedClock clock_;
  support::SteppedBackground background_;
  std::shared_ptr<support::FakeTableDisk> tables_ = std::make_shared<support::FakeTableDisk>();
  CollectionConfig config_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, UpdatedAtNeverDecreasesWhenTheClockGoesBackAlsoAcrossRestarts) {
  open();
  const auto start = clock_.now();
  store("k", "", "a");
  clock_.set_now(start - std::chrono::hours(48));
  store("k", "", "b");
  EXPECT_GE(get("k", "", "b")->updated_at().utc(), get("k", "", "a")->updated_at().utc());
  kill();
  open("2025-01-13");
  store("k", "", "c");
  EXPECT_GE(get("k", "", "c")->updated_at().utc(), get("k", "", "a")->updated_at().utc());
  engine_->close();
  engine_.reset();
  open("2025-01-13");
  store("k", "", "d");
  EXPECT_GE(get("k", "", "d")->updated_at().utc(), get("k", "", "a")->updated_at().utc());
}

TEST_F(EngineTest, ItemsAndCollectionsKeepTheOrderOfTheirFirstStore) {
  open();
  for (const char* collection : {"z", "a", "m"}) {
    for (const char* item : {"3", "1", "2"}) store("k", collection, item);
  }
  store("k", "a", "3");
  store("k", "z", "0");
  for (const bool killed : {true, false}) {
    const auto collections = engine_->readable_cache().get_key("k");
    ASSERT_EQ(collections->size(), 3U);
    EXPECT_EQ(collections->at(0).name + collections->at(1).name + collections->at(2).name, "zam");
    std::string items;
    for (const Record& record : collections->at(0).items) items += record.item_name();
    EXPECT_EQ(items, "3120");
    if (!killed) engine_->close();
    kill();
    open("2025-01-16");
  }
}

TEST_F(EngineTest, AnUnknownOutcomeOfACommitIsDecidedByTheWatermark) {
  open();
  for (const auto fault : {CommitFault::before, CommitFault::after}) {
    store("k", "", "a");
    tables_->fail_next_history_commit(fault);
    const auto code = code_of([&] { engine_->flush(); });
    EXPECT_EQ(code, fault == CommitFault::before ? std::optional(ErrorCode::io) : std::nullopt);
    engine_->flush();
    store("k", "", "a");
    tables_->fail_next_latest_commit(fault);
    static_cast<void>(code_of([&] { engine_->rebuild_latest(); }));
  }
  engine_->close();
  EXPECT_EQ(tables_->history->rows.size(), 4U);
  EXPECT_EQ(tables_->history->rows.back().version, 4U);
  EXPECT_EQ(tables_->violations, std::vector<std::string>());
}

TEST_F(EngineTest, ACloseThatFailedCanBeCalledAgainAndLosesNothing) {
  open();
  store("k", "", "a");
  tables_->fail_next_history_commit(CommitFault::before, ErrorCode::disk_full);
  EXPECT_EQ(code_of([&] { engine_->close(); }), ErrorCode::disk_full);
  EXPECT_EQ(code_of([&] { store("k", "", "b"); }), ErrorCode::closed);
  engine_->close();
  EXPECT_EQ(tables_->history->rows.size(), 1U);
  engine_->close();
}

TEST_F(EngineTest, ACloseThatFailedCanBeFollowedByAReopen) {
  open();
  store("k", "", "a");
  tables_->fail_next_latest_commit(CommitFault::before);
  EXPECT_EQ(code_of([&] { engine_->close(); }), ErrorCode::io);
  engine_.reset();
  open();
  EXPECT_EQ(get("k", "", "a")->version(), 1U);
}

TEST_F(EngineTest, AFailedSyncIsLatchedWithItsFirstCauseAndReadsGoOn) {
  open();
  store("k", "", "a");
  disk_.fail_at(disk_.calls() + 1, EIO, support::Repeat::once, {support::Call::sync});
  EXPECT_EQ(code_of([&] { store("k", "", "b"); }), ErrorCode::failed);
  std::string text;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(code_of([&] { store("k", "", "c"); }, &text), ErrorCode::failed);
  EXPECT_NE(text.find("Input/output error"), std::string::npos) << text;
  EXPECT_TRUE(get("k", "", "a"));
  EXPECT_FALSE(get("k", "", "b"));
  EXPECT_FALSE(get("k", "", "c"));
  kill();
  open();
  EXPECT_TRUE(get("k", "", "a"));
  EXPECT_FALSE(get("k", "", "c"));
  EXPECT_GT(store("k", "", "d"), 1U);
}

TEST_F(EngineTest, AFullDiskLiftsWhenThereIsSpaceAgain) {
  open();
  disk_.fail_at(disk_.calls() + 1, ENOSPC, support::Repeat::from_then_on, support::calls_that_take_space());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of([&] { store("k", "", "a"); }), ErrorCode::disk_full);
  EXPECT_FALSE(get("k", "", "a"));
  EXPECT_EQ(engine_->stats().last_sequence, 0U);
  EXPECT_EQ(engine_->stats().unflushed_bytes, 0U);
  disk_.clear_faults();
  EXPECT_EQ(store("k", "", "a"), 1U);
}

TEST_F(EngineTest, TablesThatTakeNothingAreReportedWhenTheRoomIsFullAndNotBefore) {
  config_.max_unflushed_bytes = 1 << 20U;
  config_.store_timeout_seconds = 5;
  open();
  bool failing = true;
  tables_->on_step = [&](std::string_view) {
    clock_.advance(std::chrono::seconds(1));
    if (failing) throw CollectionFastPersistError(ErrorCode::io, "the first cause");
  };
  const std::string data = "{\"a\":\"" + std::string(10'000, 'x') + "\"}";
  std::string text;
  std::optional<ErrorCode> code;
  std::uint64_t stored = 0;
  for (; stored < 1000 && !code; ++stored) code = code_of([&] { store("k", "", std::to_string(stored), data); }, &text);
  EXPECT_EQ(code, ErrorCode::overloaded);
  EXPECT_NE(text.find("the first cause"), std::string::npos) << text;
  EXPECT_GT(stored, 50U);
  EXPECT_GT(engine_->stats().flush_errors, 0U);
  EXPECT_LE(engine_->stats().unflushed_bytes, config_.max_unflushed_bytes);
  EXPECT_TRUE(get("k", "", "7"));
  failing = false;
  EXPECT_EQ(store("k", "", "later"), stored);
  engine_->flush();
  EXPECT_EQ(engine_->stats().flush_errors, 0U);
  tables_->on_step = nullptr;
}

TEST_F(EngineTest, ATableThatLostCommitsStopsTheFlushAndHealsAtTheNextOpen) {
  open();
  store("k", "", "a");
  static_cast<void>(engine_->rebuild_latest());
  store("k", "", "b");
  tables_->crash(1, 1);  // the instances died, and with them what they had not checkpointed
  EXPECT_TRUE(code_of([&] {
                try {
                  engine_->flush();
                } catch (const std::logic_error& error) {
                  throw CollectionFastPersistError(ErrorCode::io, error.what());
                }
              }).has_value());
  engine_.reset();
  disk_.crash(support::CrashMode::keep_all);
  open();
  EXPECT_TRUE(get("k", "", "a") && get("k", "", "b"));
  engine_->close();
  EXPECT_EQ(tables_->history->rows.size(), 2U);
}

TEST_F(EngineTest, StatsTellTheTruth) {
  open();
  for (int i = 0; i < 10; ++i) store("k" + std::to_string(i % 2), "c", "i" + std::to_string(i % 3), "{\"a\":1}");
  Stats stats = engine_->stats();
  EXPECT_EQ(stats.cache_size, 2U);
  EXPECT_EQ(stats.last_sequence, 10U);
  EXPECT_EQ(stats.unflushed_records, 10U);
  EXPECT_EQ(stats.pending_writes, 1U);
  EXPECT_EQ(stats.modified_records, 6U);
  EXPECT_EQ(stats.current_wal_count, 10U);
  EXPECT_EQ(stats.wal_files_count, 1U);
  EXPECT_EQ(stats.wal_sequence, 1U);
  EXPECT_EQ(stats.history_watermark, 0U);
  EXPECT_GT(stats.current_wal_size, 0U);
  EXPECT_EQ(stats.log_bytes, stats.current_wal_size);
  EXPECT_GT(stats.unflushed_bytes, 0U);
  engine_->flush();
  stats = engine_->stats();
  EXPECT_EQ(stats.unflushed_records, 0U);
  EXPECT_EQ(stats.pending_writes, 0U);
  EXPECT_EQ(stats.history_watermark, 10U);
  EXPECT_EQ(stats.latest_watermark, 0U);
  EXPECT_EQ(stats.modified_records, 6U);
  const std::uint64_t log_bytes = stats.log_bytes;
  kill();
  open();
  stats = engine_->stats();
  EXPECT_EQ(stats.log_bytes, log_bytes) << "preallocated space counts as log";
  EXPECT_EQ(stats.wal_files_count, 1U);
  EXPECT_EQ(stats.recovered_records, 0U);
  EXPECT_EQ(stats.latest_watermark, 10U);
  EXPECT_EQ(stats.modified_records, 0U);
  EXPECT_EQ(stats.unflushed_bytes, 0U);
  EXPECT_EQ(stats.last_sequence, 10U);
}

}  // namespace
}  // namespace cfp::engine
