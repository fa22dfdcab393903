// What each durability may lose and what it may not: the power goes at every call of the disk, beside all three.

#include <gtest/gtest.h>

#include "oracle/opened_store.h"
#include "oracle/simulated_store.h"
#include "support/effort.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {
namespace {

using support::CrashMode;

constexpr std::array kModes = {Durability::always, Durability::interval, Durability::none};

/// What was stored, and how much of it nothing may take back.
struct Told {
  std::uint64_t stored = 0;   // values 1 to this one, each acknowledged
  std::uint64_t durable = 0;  // on disk, as something said
  bool is_unknown = false;    // whether the next value was on its way when the power went
};

void store_next(SimulatedStore& store, Told& told, Durability durability) {
  told.is_unknown = true;
  const std::string value = std::to_string(told.stored + 1);
  store.engine->store("k", R"({"n":)" + value + "}", "i" + std::to_string(told.stored % 3), "c", {}, {}, {},
                      durability);
  told.is_unknown = false;
  ++told.stored;
  if (durability == Durability::always) told.durable = told.stored;
}

void commit_next(SimulatedStore& store, Told& told, Durability durability) {
  told.is_unknown = true;
  Batch batch;
  batch.store("k", Data().set("n", static_cast<std::int64_t>(told.stored + 1)), "b", "c");
  store.engine->commit(batch, durability);
  told.is_unknown = false;
  ++told.stored;
  if (durability == Durability::always) told.durable = told.stored;
}

/// False when the power went.
bool run(SimulatedStore& store, std::uint64_t seed, Told& told) {
  support::SeededChoice choice(seed);
  try {
    store.open();
    for (int i = 0; i < 40 && !store.disk.is_off(); ++i) {
      const Durability durability = kModes.at(choice.below(12) == 0 ? 0 : 1 + choice.below(2));
      const std::uint64_t kind = choice.below(20);
      if (kind < 12) {
        store_next(store, told, durability);
      } else if (kind < 14) {
        commit_next(store, told, durability);
      } else if (kind < 15) {
        store.engine->sync();
        told.durable = told.stored;
      } else if (kind < 16) {
        store.engine->flush();
        told.durable = told.stored;
      } else if (kind < 18) {
        store.background.run("cfp-sync");
      } else {
        store.background.run("cfp-flusher");
      }
    }
    if (!store.disk.is_off()) store.engine->close();
    if (!store.disk.is_off()) told.durable = told.stored;
    return !store.disk.is_off();
  } catch (const support::PowerCut&) {
    return false;
  } catch (const CollectionFastPersistError& error) {
    EXPECT_TRUE(store.disk.is_off()) << error.what();
    return false;
  }
}

/// A beginning of what was stored, as long as was promised, in history and in memory alike.
void check(SimulatedStore& store, const Told& told) {
  store.engine->flush();
  std::uint64_t last = 0;
  for (const tables::HistoryRecord& row : store.tables->history->rows) {
    EXPECT_EQ(row.record.sequence(), ++last);
    EXPECT_NE(row.record.state->data().find("\"n\":" + std::to_string(last)), std::string::npos)
        << row.record.state->data();
  }
  EXPECT_GE(last, told.durable) << "what was on disk is lost";
  EXPECT_LE(last, told.stored + (told.is_unknown ? 1U : 0U));
  EXPECT_EQ(store.engine->stats().last_sequence, last);
  EXPECT_EQ(store.tables->violations, std::vector<std::string>());
}

class DurabilityModes : public ::testing::TestWithParam<CrashMode> {};

TEST_P(DurabilityModes, LoseNoMoreThanTheySayAtAnyCallOfTheDisk) {
  const std::size_t workloads = support::at_effort({.ci = 20, .proof = 200, .soak = 6'000});
  std::uint64_t states = 0, lost = 0;
  for (std::uint64_t seed = 1; seed <= workloads && !HasFailure(); ++seed) {
    SimulatedStore whole(seed);
    Told all;
    ASSERT_TRUE(run(whole, seed, all));
    for (std::uint64_t call = 1; call <= whole.disk.calls() && !HasFailure(); ++call) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", cut at call " + std::to_string(call));
      SimulatedStore store(seed);
      Told told;
      store.disk.crash_at(call, GetParam());
      EXPECT_FALSE(run(store, seed, told));
      // All that the tables committed was on disk in the log before, so the strictest loss of the log leaves no gap.
      store.go_down(0, 0);
      store.open();
      check(store, told);
      const std::uint64_t kept = store.engine->stats().last_sequence;
      lost += told.stored - std::min(told.stored, kept);
      // What an open has shown is on disk.
      store.disk.crash(CrashMode::drop_unsynced);
      store.go_down(100, 100);
      store.open();
      EXPECT_EQ(store.engine->stats().last_sequence, kept);
      ++states;
    }
  }
  EXPECT_EQ(lost > 0, GetParam() != CrashMode::keep_all) << lost;
  support::report_count("states of less durable stores", states);
}

INSTANTIATE_TEST_SUITE_P(Modes, DurabilityModes,
                         ::testing::Values(CrashMode::drop_unsynced, CrashMode::keep_all, CrashMode::random),
                         [](const auto& sweep) {
                           return std::string(sweep.param == CrashMode::drop_unsynced ? "DropUnsynced"
                                              : sweep.param == CrashMode::keep_all    ? "KeepAll"
                                                                                      : "Random");
                         });

TEST(DurabilityMode, IntervalIsOnDiskAfterItsWindowAndNoneWhenSomethingAsks) {
  SimulatedStore store(1);
  Told told;
  store.open();
  store_next(store, told, Durability::none);
  EXPECT_EQ(store.engine->stats().unsynced_records, 1U);
  store_next(store, told, Durability::interval);
  EXPECT_EQ(store.engine->stats().unsynced_records, 2U);
  store.background.run("cfp-sync");  // sees that something was written, and waits for the window to pass
  EXPECT_EQ(store.engine->stats().unsynced_records, 2U);
  store.background.run("cfp-sync");
  EXPECT_EQ(store.engine->stats().unsynced_records, 0U);
  store_next(store, told, Durability::none);
  EXPECT_EQ(store.engine->stats().unsynced_records, 1U);
  store_next(store, told, Durability::always);
  EXPECT_EQ(store.engine->stats().unsynced_records, 0U);
}

TEST(DurabilityMode, AFailedSyncRefusesWritesAndTheTablesStayBehindTheLog) {
  SimulatedStore store(1);
  Told told;
  store.open();
  store_next(store, told, Durability::always);
  store_next(store, told, Durability::none);
  store.disk.fail_at(store.disk.calls() + 1, EIO, support::Repeat::once, {support::Call::sync});
  EXPECT_EQ(code_of([&] { store.engine->sync(); }), ErrorCode::failed);
  EXPECT_EQ(code_of([&] { store_next(store, told, Durability::none); }), ErrorCode::failed);
  EXPECT_EQ(code_of([&] { store.engine->flush(); }), ErrorCode::failed);
  EXPECT_TRUE(store.engine->readable_cache().get_item("k", "c", "i1")) << "reads go on";
  EXPECT_EQ(store.tables->history->meta.watermark, 0U);
  EXPECT_EQ(code_of([&] { store.engine->close(); }), ErrorCode::failed);
  store.disk.crash(CrashMode::drop_unsynced);
  store.go_down(0, 0);
  store.open();
  told.is_unknown = true;
  check(store, told);
}

/// The real store, on the real disk: the mode of the config, and the window by its own thread.
TEST(DurabilityMode, TheWindowPassesByItself) {
  const support::TemporaryDirectory directory;
  CollectionConfig config = calm_config(directory.path() / "store");
  config.durability = Durability::interval;
  config.durability_interval_ms = 5;
  CollectionFastPersist store(kDay, config);
  store.store("k", {}, "i", "c", 1);
  EXPECT_TRUE(store.get_item("k", "c", "i"));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (store.get_stats().unsynced_records > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(store.get_stats().unsynced_records, 0U);
  store.store("k", {}, "j", "c", 1, {}, {}, {}, Durability::none);
  EXPECT_EQ(store.get_stats().unsynced_records, 1U);
  store.sync();
  EXPECT_EQ(store.get_stats().unsynced_records, 0U);
  config.base_dir = directory.path() / "other";
  config.durability_interval_ms = 0;
  EXPECT_EQ(code_of([&] { const CollectionFastPersist refused(kDay, config); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace cfp::oracle
