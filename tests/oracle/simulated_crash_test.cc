// P1 to P5, P8 and P9 for every instant at which the power can go, and every call at which a disk can fail.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>

#include "oracle/simulated_workload.h"
#include "support/effort.h"

namespace cfp::oracle {
namespace {

using support::CrashMode;

int steps_of(std::uint64_t seed) { return 20 + static_cast<int>(seed % 3) * 15; }

std::uint64_t base_seed() {
  const char* const setting = std::getenv("CFP_SEED");
  const std::uint64_t seed = setting == nullptr ? 20250115 : std::strtoull(setting, nullptr, 10);
  std::cout << "CFP_SEED=" << seed << "\n";
  return seed;
}

std::uint64_t calls_of(std::uint64_t seed) {
  SimulatedStore store(seed);
  EXPECT_TRUE(run(store, seed, steps_of(seed)));
  return store.disk.calls();
}

void check_open(SimulatedStore& store) {
  store.engine->flush();
  store.model.settle(store.tables->history->rows);
  StoreModel::check_versions(store.tables->history->rows);
  store.model.check_reads(store.engine->readable_cache());
  EXPECT_EQ(store.tables->violations, std::vector<std::string>());
}

/// Reopens, checks, appends, closes, reopens, compares. What the recovery showed must outlive the strictest power loss,
/// even when the tables forget all that they have not checkpointed.
void check_after_crash(SimulatedStore& store, std::uint64_t seed) {
  store.open();
  check_open(store);
  store.disk.crash(CrashMode::drop_unsynced);
  store.go_down(100, 100);
  store.open();
  check_open(store);
  support::SeededChoice choice(seed);
  const std::size_t before = store.model.size();
  for (int i = 0; i < 4; ++i) store_one(store, choice);
  EXPECT_EQ(store.model.size(), before + 4);
  store.engine->close();
  store.model.check_latest(*store.tables->latest);
  store.tables->crash();
  store.engine.reset();
  store.open();
  check_open(store);
}

/// Opens and stores a little with the power going again at the given call from here. True when it did.
bool crash_in_recovery(SimulatedStore& store, std::uint64_t call, CrashMode mode, std::uint64_t seed) {
  store.disk.crash_at(store.disk.calls() + call, mode);
  const bool was_cut = !run(store, seed, 6);
  if (!was_cut) {
    store.disk.reboot();  // forgets the cut that did not come
    store.disk.crash(mode);
  }
  support::SeededChoice choice(seed);
  const bool loses = mode != CrashMode::keep_all;
  store.go_down(loses ? choice.below(3) : 0, loses ? choice.below(3) : 0);
  return was_cut;
}

void crash_everywhere(std::uint64_t seed, CrashMode mode, std::uint64_t& states) {
  const std::uint64_t calls = calls_of(seed);
  for (std::uint64_t call = 1; call <= calls && !::testing::Test::HasFailure(); ++call) {
    for (const bool twice : {false, true}) {
      SCOPED_TRACE("CFP_SEED workload " + std::to_string(seed) + ", mode " + std::to_string(static_cast<int>(mode)) +
                   ", cut at call " + std::to_string(call) + (twice ? ", and again in recovery" : ""));
      SimulatedStore store(seed);
      store.disk.crash_at(call, mode);
      ASSERT_FALSE(run(store, seed, steps_of(seed)));
      support::SeededChoice choice(seed + call);
      const bool loses = mode != CrashMode::keep_all;  // a killed process leaves what it committed
      store.go_down(loses ? choice.below(4) : 0, loses ? choice.below(4) : 0);
      ++states;
      if (twice) {
        // On and on, until one recovery comes through to its end.
        for (int depth = 0; depth < 4 && crash_in_recovery(store, 1 + choice.below(24), mode, seed + call); ++depth) {
          ++states;
        }
      }
      check_after_crash(store, seed + call);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

class SimulatedCrash : public ::testing::TestWithParam<CrashMode> {};

TEST_P(SimulatedCrash, LosesNothingAcknowledgedAtAnyCallOfTheDisk) {
  const std::uint64_t base = base_seed();
  const std::size_t workloads =
      support::at_effort(GetParam() == CrashMode::random ? support::Effort{.ci = 30, .proof = 118, .soak = 3'600}
                                                         : support::Effort{.ci = 20, .proof = 118, .soak = 3'600});
  std::uint64_t states = 0;
  for (std::size_t i = 0; i < workloads && !HasFailure(); ++i) crash_everywhere(base + i, GetParam(), states);
  support::report_count("simulated states", states);
}

INSTANTIATE_TEST_SUITE_P(Modes, SimulatedCrash,
                         ::testing::Values(CrashMode::drop_unsynced, CrashMode::keep_all, CrashMode::random),
                         [](const auto& sweep) {
                           return std::string(sweep.param == CrashMode::drop_unsynced ? "DropUnsynced"
                                              : sweep.param == CrashMode::keep_all    ? "KeepAll"
                                                                                      : "Random");
                         });

struct Fault {
  const char* name;
  int error;
  support::Repeat repeat;
  std::vector<support::Call> only;
  friend void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }  // for GoogleTest
};

std::vector<support::Call> calls_of_the_log() {
  using support::Call;
  return {Call::write,  Call::sync,           Call::truncate,         Call::allocate,       Call::create, Call::rename,
          Call::remove, Call::make_directory, Call::remove_directory, Call::sync_directory, Call::move};
}

class SimulatedFault : public ::testing::TestWithParam<Fault> {};

/// Opening is not what is tested here, so it comes before the fault.
void fail_at(SimulatedStore& store, std::uint64_t call, const Fault& fault, std::uint64_t seed) {
  store.disk.fail_at(call, fault.error, fault.repeat, fault.only);
  bool is_open = true;
  try {
    store.open();
  } catch (const CollectionFastPersistError& error) {
    EXPECT_NE(error.code(), ErrorCode::internal) << error.what();
    EXPECT_NE(error.code(), ErrorCode::corrupt) << error.what();
    is_open = false;
  }
  if (!is_open) {
    store.disk.clear_faults();
    store.tables->crash();
    store.open();
  }
  ASSERT_TRUE(run(store, seed, steps_of(seed)));
}

TEST_P(SimulatedFault, CostsNothingAcknowledgedAndReadsGoOn) {
  const std::uint64_t base = base_seed();
  const std::size_t workloads = support::at_effort({.ci = 9, .proof = 36, .soak = 2'400});
  std::uint64_t states = 0, refused = 0, latched = 0;
  for (std::uint64_t seed = base; seed < base + workloads && !HasFailure(); ++seed) {
    const std::uint64_t calls = calls_of(seed);
    for (std::uint64_t call = 1; call <= calls && !HasFailure(); ++call) {
      SCOPED_TRACE("CFP_SEED workload " + std::to_string(seed) + ", fault at call " + std::to_string(call));
      SimulatedStore store(seed);
      ASSERT_NO_FATAL_FAILURE(fail_at(store, call, GetParam(), seed));
      store.model.check_reads(store.engine->readable_cache());
      store.disk.clear_faults();
      support::SeededChoice choice(seed + call);
      const std::size_t before = store.model.size();
      store_one(store, choice);
      // Once the cause is gone, the store goes on, unless a sync failed.
      EXPECT_EQ(store.model.size(), before + (store.is_latched ? 0 : 1));
      store.model.check_reads(store.engine->readable_cache());
      refused += store.refused;
      latched += store.is_latched ? 1 : 0;
      ++states;
      if (choice.coin()) {
        store.disk.crash(choice.coin() ? CrashMode::drop_unsynced : CrashMode::random);
        store.go_down(choice.below(2), choice.below(2));
      } else {
        store.engine->close();
        store.tables->crash();
        store.engine.reset();
      }
      check_after_crash(store, seed + call);
    }
  }
  EXPECT_GT(refused, 0U) << "the fault was never felt";
  std::cout << refused << " stores refused, " << latched << " latched\n";
  support::report_count("simulated states", states);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, SimulatedFault,
    ::testing::Values(
        Fault{"NoSpaceOnce", ENOSPC, support::Repeat::once, support::calls_that_take_space()},
        Fault{"NoSpaceFromThenOn", ENOSPC, support::Repeat::from_then_on, support::calls_that_take_space()},
        Fault{"InputOutputOnce", EIO, support::Repeat::once, {}},
        Fault{"InputOutputFromThenOn", EIO, support::Repeat::from_then_on, {}},
        Fault{"LogOnlyFromThenOn", EIO, support::Repeat::from_then_on, calls_of_the_log()},
        Fault{
            "NoDescriptorOnce", EMFILE, support::Repeat::once, {support::Call::create, support::Call::make_directory}},
        Fault{"NoDescriptorFromThenOn",
              EMFILE,
              support::Repeat::from_then_on,
              {support::Call::create, support::Call::make_directory}}),
    [](const auto& sweep) { return std::string(sweep.param.name); });

}  // namespace
}  // namespace cfp::oracle
