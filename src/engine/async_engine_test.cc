// `store_async` in the hall: what it shares with `store`, and what is told when the disk or the tables fail.

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "engine/engine.h"
#include "support/fake_tables.h"
#include "support/simulated_environment.h"

namespace cfp::engine {
namespace {

struct Outcome {
  std::string item;
  std::uint64_t sequence;
  std::optional<ErrorCode> error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

class AsyncEngine : public ::testing::Test {
 protected:
  AsyncEngine() {
    tables_->read_file = [this](const std::filesystem::path& path) { return disk_.content(path).value_or(""); };
    config_.base_dir = "/store";
    config_.batch_size = 1'000'000;
    config_.allow_network_fs = true;
    config_.extra_schema = {{"age", "int32"}};
  }
  void open() {
    EngineParts parts;
    parts.environment = support::make_simulated_environment(disk_, clock_, background_);
    parts.tables = std::make_unique<support::FakeTables>(tables_);
    parts.base = disk_.open_base_directory(config_.base_dir);
    parts.make_store_id = [] { return std::string(32, 'a'); };
    engine_ = std::make_unique<Engine>(Date("2025-01-15"), config_, std::move(parts));
  }
  void reopen() {
    tables_->crash();
    engine_.reset();
    disk_.crash(support::CrashMode::drop_unsynced);
    open();
  }
  void add(const std::string& item, const std::string& data = "{}", ChangeOptions options = {}) {
    engine_->store_async({{false, "k", data, item, "", {}, {}, {}, std::move(options)},
                          [this, item](std::uint64_t sequence, const std::exception_ptr& error) {
                            told_.push_back({item, sequence, code_of(error)});
                          }});
  }
  void run() { background_.run("cfp-async"); }
  [[nodiscard]] bool has(const std::string& item) {
    return engine_->readable_cache().get_item("k", "", item).has_value();
  }

  std::vector<Outcome> told_;
  support::SimulatedDisk disk_{1};
  support::SimulatedClock clock_;
  support::SteppedBackground background_;
  std::shared_ptr<support::FakeTableDisk> tables_ = std::make_shared<support::FakeTableDisk>();
  CollectionConfig config_;
  std::unique_ptr<Engine> engine_;

 private:
  static std::optional<ErrorCode> code_of(const std::exception_ptr& error) {
    if (!error) return std::nullopt;
    try {
      std::rethrow_exception(error);
    } catch (const CollectionFastPersistError& cause) {
      return cause.code();
    }
  }
};

using Told = std::vector<Outcome>;

TEST_F(AsyncEngine, IsDurableAndVisibleWhenItIsToldAndNotBefore) {
  open();
  add("a");
  EXPECT_FALSE(has("a"));
  run();
  EXPECT_EQ(told_, (Told{{"a", 1, {}}}));
  EXPECT_TRUE(has("a"));
  reopen();
  EXPECT_TRUE(has("a"));
}

TEST_F(AsyncEngine, StoresAllThatWaitWithOneSync) {
  open();
  add("first");
  run();  // makes the segment
  disk_.record_trace();
  for (int i = 0; i < 256; ++i) add(std::to_string(i));
  run();
  EXPECT_EQ(told_.size(), 257U);
  const auto is_sync = [](const std::string& call) { return call.find("sync") != std::string::npos; };
  EXPECT_EQ(std::ranges::count_if(disk_.trace(), is_sync), 1) << disk_.trace().size();
}

TEST_F(AsyncEngine, IsRefusedForWhatStoreRefusesAndItsNeighboursAreStored) {
  config_.max_record_bytes = 1024;
  open();
  add("no json", "{");
  add("a");
  add("large", "{\"a\":\"" + std::string(2000, 'x') + "\"}");
  add("misfit", "{\"age\":\"old\"}");
  add("b", "{\"age\":7}");
  run();
  EXPECT_EQ(told_, (Told{{"no json", 0, ErrorCode::invalid_record},
                         {"a", 1, {}},
                         {"large", 0, ErrorCode::invalid_record},
                         {"misfit", 0, ErrorCode::extra_schema},
                         {"b", 2, {}}}));
  EXPECT_EQ(engine_->stats().last_sequence, 2U);
  EXPECT_FALSE(has("large"));
}

TEST_F(AsyncEngine, TakesTheTimeOfTheCallForTheTimestampAndTheOrderOfTheLogForUpdatedAt) {
  open();
  const auto called = clock_.now();
  add("a");
  clock_.advance(std::chrono::minutes(1));
  engine_->store("k", "{}", "between", "", {}, std::nullopt, std::nullopt, {});
  run();
  const auto record = engine_->readable_cache().get_item("k", "", "a");
  EXPECT_EQ(record->timestamp(), Timestamp(called));
  EXPECT_EQ(record->sequence(), 2U);
  EXPECT_EQ(record->updated_at().utc(), clock_.now());
}

TEST_F(AsyncEngine, IsComparedAtItsPlaceAndTheLoserAloneIsRefused) {
  open();
  add("a", "{}", {.expected_version = 0});
  add("a", "{}", {.expected_version = 0});
  add("b");
  add("a", "{}", {.expected_version = 1});
  run();
  EXPECT_EQ(told_, (Told{{"a", 1, {}}, {"a", 0, ErrorCode::version_conflict}, {"b", 2, {}}, {"a", 3, {}}}));
  reopen();
  EXPECT_EQ(engine_->readable_cache().get_item("k", "", "a")->version(), 2U);
  EXPECT_TRUE(has("b"));
  told_.clear();
  add("a", "{}", {.expected_version = 1});
  add("a", "{}", {.expected_version = 2});
  run();
  EXPECT_EQ(told_, (Told{{"a", 0, ErrorCode::version_conflict}, {"a", 4, {}}})) << "it was not loaded";
}

TEST_F(AsyncEngine, ARequestIsAnsweredOnceAndWhatIsUnchangedIsNotStoredAgain) {
  open();
  add("a", "{}", {.request_id = "r"});
  add("b", "{}", {.request_id = "r"});
  run();
  add("b", "{}", {.request_id = "r"});
  add("a", "{}", {.skip_unchanged = true});
  add("a", "{\"n\":1}", {.skip_unchanged = true, .reason = "why"});
  run();
  EXPECT_EQ(told_, (Told{{"a", 1, {}}, {"b", 1, {}}, {"b", 1, {}}, {"a", 1, {}}, {"a", 2, {}}}));
  EXPECT_FALSE(has("b"));
  EXPECT_EQ(engine_->stats().last_sequence, 2U);
}

TEST_F(AsyncEngine, AConflictIsToldWhenTheWinnerIsOnDisk) {
  open();
  add("before");
  run();  // makes the segment
  told_.clear();
  disk_.fail_at(disk_.calls() + 1, EIO, support::Repeat::once, {support::Call::sync});
  add("a");
  add("a", "{}", {.expected_version = 0});
  run();
  EXPECT_EQ(told_, (Told{{"a", 0, ErrorCode::failed}, {"a", 0, ErrorCode::failed}}));
}

TEST_F(AsyncEngine, AFailedSyncIsToldToAllOfItsGroupAndToAllAfterIt) {
  open();
  add("before");
  run();  // makes the segment
  told_.clear();
  const std::uint64_t unflushed = engine_->stats().unflushed_bytes;
  disk_.fail_at(disk_.calls() + 1, EIO, support::Repeat::once, {support::Call::sync});
  add("a");
  add("b");
  run();
  add("c");
  run();
  EXPECT_EQ(told_, (Told{{"a", 0, ErrorCode::failed}, {"b", 0, ErrorCode::failed}, {"c", 0, ErrorCode::failed}}));
  EXPECT_FALSE(has("a") || has("b") || has("c"));
  EXPECT_EQ(engine_->stats().unflushed_bytes, unflushed) << "their room was not given back";
  reopen();
  EXPECT_FALSE(has("c"));
}

TEST_F(AsyncEngine, AFullDiskIsToldAndLiftsWhenThereIsSpaceAgain) {
  open();
  disk_.fail_at(disk_.calls() + 1, ENOSPC, support::Repeat::from_then_on, support::calls_that_take_space());
  add("a");
  run();
  disk_.clear_faults();
  add("b");
  run();
  EXPECT_EQ(told_, (Told{{"a", 0, ErrorCode::disk_full}, {"b", 1, {}}}));
}

TEST_F(AsyncEngine, TablesThatTakeNothingAreToldAsTheCauseWhenTheRoomIsFull) {
  config_.max_unflushed_bytes = 1 << 20U;
  config_.store_timeout_seconds = 5;
  open();
  tables_->on_step = [&](std::string_view) {
    clock_.advance(std::chrono::seconds(1));
    throw CollectionFastPersistError(ErrorCode::io, "the first cause");
  };
  const std::string data = "{\"a\":\"" + std::string(10'000, 'x') + "\"}";
  for (int i = 0; i < 200; ++i) add(std::to_string(i), data);
  while (told_.size() < 200) run();
  EXPECT_EQ(told_.front().error, std::nullopt);
  EXPECT_TRUE(
      std::ranges::any_of(told_, [](const Outcome& outcome) { return outcome.error == ErrorCode::overloaded; }));
  EXPECT_LE(engine_->stats().unflushed_bytes, config_.max_unflushed_bytes);
  tables_->on_step = nullptr;
}

TEST_F(AsyncEngine, CloseStoresAndTellsAllThatWait) {
  open();
  const std::string data = "{\"a\":\"" + std::string(100'000, 'x') + "\"}";
  std::size_t taken = 0;
  try {
    for (;; ++taken) add(std::to_string(taken), data);
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::overloaded) << "the queue is full";
  }
  EXPECT_GT(taken, 100U);
  engine_->close();
  EXPECT_EQ(told_.size(), taken);
  EXPECT_TRUE(std::ranges::all_of(told_, [](const Outcome& outcome) { return outcome.sequence > 0; }));
  EXPECT_EQ(tables_->history->rows.size(), taken);
  EXPECT_THROW(add("late"), CollectionFastPersistError);
}

TEST_F(AsyncEngine, TheDestructorStoresAndTellsAllThatWait) {
  open();
  add("a");
  add("b", "{");
  engine_.reset();
  EXPECT_EQ(told_, (Told{{"a", 1, {}}, {"b", 0, ErrorCode::invalid_record}}));
  open();
  EXPECT_TRUE(has("a"));
}

TEST_F(AsyncEngine, ACloseThatFailedHasToldAllAndCanBeCalledAgain) {
  open();
  add("a");
  tables_->fail_next_history_commit(support::CommitFault::before);
  EXPECT_THROW(engine_->close(), CollectionFastPersistError);
  EXPECT_EQ(told_, (Told{{"a", 1, {}}}));
  engine_->close();
  EXPECT_EQ(tables_->history->rows.size(), 1U);
  EXPECT_EQ(told_.size(), 1U);
}

}  // namespace
}  // namespace cfp::engine
