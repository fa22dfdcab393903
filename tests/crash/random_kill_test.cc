// SIGKILL at any instant, with the real tables: the instants that no failpoint names (inside DuckDB, inside the
// kernel).

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "crash/child_process.h"
#include "crash/store_check.h"
#include "support/effort.h"
#include "support/seeded_choice.h"
#include "support/temporary_directory.h"

namespace cfp::crash {
namespace {

class RandomKill : public ::testing::TestWithParam<std::uint64_t> {};

/// The instant is chosen by what the child has told so far, and a little by the clock: the seed alone cannot repeat it.
void kill_at_random(ChildProcess& child, support::SeededChoice& choice) {
  child.read_at_least(choice.below(3) == 0 ? 0 : 1 + choice.below(900));
  std::this_thread::sleep_for(std::chrono::microseconds(choice.below(30'000)));
  child.kill();
  child.wait();
}

TEST_P(RandomKill, LosesNothingAcknowledged) {
  const char* const setting = std::getenv("CFP_SEED");
  const std::uint64_t seed = (setting == nullptr ? 1 : std::strtoull(setting, nullptr, 10)) * 1000 + GetParam();
  std::cout << "CFP_SEED * 1000 + shard = " << seed << "\n";
  support::SeededChoice choice(seed);
  const std::size_t wanted = support::at_effort({.ci = 15, .proof = 630, .soak = 25'000});
  std::size_t kills = 0;
  for (std::size_t store = 0; kills < wanted && store < wanted && !HasFailure(); ++store) {
    const support::TemporaryDirectory directory;
    const auto path = directory.path() / "store";
    Acknowledged acknowledged;
    for (std::uint64_t run = 1; run <= 5; ++run) {
      acknowledged.add_run(run);
      ChildProcess child({"run", path.string(), std::to_string(run), "60"});
      kill_at_random(child, choice);
      acknowledged.read(child.output());
      ASSERT_TRUE(child.was_killed() || child.succeeded()) << child.errors();
      kills += child.was_killed() ? 1U : 0U;
    }
    SCOPED_TRACE("store " + std::to_string(store) + " of seed " + std::to_string(seed));
    EXPECT_EQ(check_store(path, acknowledged), 0U);
  }
  EXPECT_GE(kills, wanted) << "they end before they are killed";
  support::report_count("kills", kills);
}

INSTANTIATE_TEST_SUITE_P(Shards, RandomKill, ::testing::Range<std::uint64_t>(0, 4));

}  // namespace
}  // namespace cfp::crash
