// The allocations inside the calls that move records, read tables, copy, open and close fail, one after another. What
// threw is tried again, with memory enough, and then does all it was to do (P1, P3, P4, P7, P9).

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cfp/backup.h"
#include "memory/store_under_test.h"

namespace cfp::memory {
namespace {

class TablesWithoutMemory : public ::testing::Test {
 protected:
  TablesWithoutMemory() { store_.open(); }

  /// New items, and one that has versions.
  void store_some() {
    for (int i = 0; i < 3; ++i) store_.store_one({long_name("key", next_++), "", "item"});
    store_.store_one({"key", "collection", "item"});
  }
  /// What grows costs more each time, so that a long sweep would never come to its end.
  void keep_small() {
    if (++tries_ % 32 != 0) return;
    store_.expect_whole();
    made_.emplace();
    store_.open();
    store_some();
  }
  /// Makes all calls of a sweep cost the same, for those that leave latest behind.
  void update_latest() {
    static_cast<void>(store_.store().latest_conn().execute("SELECT count(*) FROM storage_latest").fetchall());
  }

  /// `call` with new records before it each time; then the same again.
  template <class Call>
  void sweep_calls(std::size_t wanted_in_ci, const Call& call) {
    store_some();
    const std::uint64_t total = allocations_of([&] { call(store_.store()); });
    const std::size_t wanted =
        std::max(wanted_in_ci, support::at_effort({.ci = wanted_in_ci, .proof = 120, .soak = 20'000}));
    const std::uint64_t failed = sweep(total, wanted, [&](std::uint64_t number) {
      keep_small();
      update_latest();
      store_some();
      const Outcome outcome = outcome_of([&] { call(store_.store()); }, number);
      call(store_.store());
      return outcome;
    });
    EXPECT_GT(failed, wanted_in_ci / 3);
    EXPECT_TRUE(store_.goes_on());
    store_.expect_whole_through_opens();
  }

  std::optional<StoreUnderTest> made_{std::in_place};
  StoreUnderTest& store_ = *made_;  // also of those that are made in its place
  std::uint64_t next_ = 0, tries_ = 0;
};

TEST_F(TablesWithoutMemory, FlushOrThrow) {
  sweep_calls(25, [](CollectionFastPersist& store) {
    store.flush_data_to_duckdb();
    const Stats stats = store.get_stats();
    EXPECT_EQ(stats.history_watermark, stats.last_sequence);
    EXPECT_LT(stats.unflushed_bytes, 1U << 20U) << "room was given back twice";
  });
}

TEST_F(TablesWithoutMemory, UpdateLatestAndAnswerOrThrow) {
  sweep_calls(25, [](CollectionFastPersist& store) {
    const auto rows = store.latest_conn().execute("SELECT max(cfp_seq) FROM storage_latest").fetchall();
    EXPECT_EQ(rows[0][0], Cell(store.get_stats().last_sequence));
  });
}

TEST_F(TablesWithoutMemory, GiveRowsOrThrow) {
  const std::vector<Value> parameters = {std::string("a key that nothing else is stored under, nor asked for")};
  sweep_calls(25, [&](CollectionFastPersist& store) {
    const auto rows =
        store.history_conn()
            .execute("SELECT \"key\", value_string, data, timestamp, ? FROM storage_history LIMIT 20", parameters)
            .fetchall();
    EXPECT_GE(rows.size(), 4U);
    EXPECT_EQ(rows[0][4], Cell(std::get<std::string>(parameters[0])));
  });
}

TEST_F(TablesWithoutMemory, BackUpOrThrow) {
  sweep_calls(
      6, [](CollectionFastPersist& store) { EXPECT_EQ(store.backup().watermark, store.get_stats().last_sequence); });
  for (const BackupInfo& backup : list_backups(store_.path(), true)) {
    EXPECT_TRUE(backup.is_readable) << backup.path << ": " << backup.problem;
  }
}

TEST_F(TablesWithoutMemory, CloseOrThrowAndCloseWhenCalledAgain) {
  store_some();
  const std::uint64_t total = allocations_of([&] { store_.store().close(); });
  const std::size_t wanted = std::max<std::size_t>(8, support::at_effort({.ci = 8, .proof = 200, .soak = 20'000}));
  const std::uint64_t failed = sweep(total, wanted, [&](std::uint64_t number) {
    store_.reopen();
    keep_small();
    store_some();
    const Outcome outcome = outcome_of([&] { store_.store().close(); }, number);
    store_.store().close();
    EXPECT_THROW(store_.store().flush_data_to_duckdb(), CollectionFastPersistError);
    return outcome;
  });
  EXPECT_GT(failed, 3U);
  store_.reopen();
  store_.expect_whole_through_opens();
}

/// After a close, after an end without one, and with a history that has to be healed.
TEST_F(TablesWithoutMemory, OpenOrThrowAndOpenWhenCalledAgain) {
  enum class Before { close, end, damage };
  for (const Before before : {Before::close, Before::end, Before::damage}) {
    const auto prepare = [&] {
      store_some();
      store_.store().flush_data_to_duckdb();
      store_some();
      if (before != Before::end) store_.store().close();
      store_.drop();
      if (before == Before::damage) std::filesystem::resize_file(store_.path() / "storage_history.duckdb", 5000);
    };
    prepare();
    const std::uint64_t total = allocations_of([&] { store_.open(); });
    const std::size_t wanted = std::max<std::size_t>(6, support::at_effort({.ci = 6, .proof = 100, .soak = 20'000}));
    const std::uint64_t failed = sweep(total, wanted, [&](std::uint64_t number) {
      keep_small();
      prepare();
      const Outcome outcome = outcome_of([&] { store_.open(); }, number);
      if (!outcome.succeeded) store_.open();
      return outcome;
    });
    EXPECT_GT(failed, 2U);
    store_.expect_whole();
  }
  store_.expect_whole_through_opens();
}

}  // namespace
}  // namespace cfp::memory
