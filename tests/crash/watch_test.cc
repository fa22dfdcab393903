// A watcher whose process is killed at any moment, and who goes on from the last event that it saw: it sees every
// record once, in order, and nothing that is not in history afterwards.

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "cfp/collection_fast_persist.h"
#include "crash/child_process.h"
#include "crash/seen_event.h"
#include "crash/workload.h"
#include "support/effort.h"
#include "support/seeded_choice.h"
#include "support/temporary_directory.h"

namespace cfp::crash {
namespace {

using Events = std::map<std::uint64_t, std::string>;

/// Adds the whole lines of what a child printed; each must be the next sequence.
std::uint64_t take(const std::string& output, std::uint64_t last, Events& events) {
  std::istringstream lines(output.substr(0, output.rfind('\n') + 1));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::uint64_t first = 0;
    words >> first;
    EXPECT_EQ(first, last + 1) << line;
    last = first;
    std::string rest;
    words >> rest;
    if (rest == "gap") {
      words >> last;  // numbers that a killed process had taken
    } else {
      events.emplace(first, line);
    }
    if (testing::Test::HasFailure()) return last;
  }
  return last;
}

TEST(WatchKill, NoEventIsMissedOrTwiceOrOfARecordThatIsNotThere) {
  const std::size_t rounds = support::at_effort({.ci = 8, .proof = 100, .soak = 5'000});
  const char* const setting = std::getenv("CFP_SEED");
  support::SeededChoice choice(setting == nullptr ? 1 : std::strtoull(setting, nullptr, 10));
  const support::TemporaryDirectory directory;
  CollectionConfig config;
  config.base_dir = directory.path() / "store";
  Events seen;
  std::uint64_t last = 0;
  for (std::size_t round = 0; round < rounds && !testing::Test::HasFailure(); ++round) {
    ChildProcess child({"watch", config.base_dir.string(), std::to_string(last)});
    child.read_at_least(1 + choice.below(4000));
    child.kill();
    child.wait();
    ASSERT_TRUE(child.was_killed()) << child.errors();
    last = take(child.output(), last, seen);
  }
  CollectionFastPersist store(kDate, config);
  Events rest;
  Watcher watcher = store.watch({.from_sequence = last});
  std::string output;
  while (const auto event = watcher.next(std::chrono::milliseconds(0))) output += seen_event(*event);
  EXPECT_EQ(take(output, last, rest), store.get_stats().last_sequence);
  seen.merge(rest);
  Events all;
  output.clear();
  Watcher from_start = store.watch({.from_sequence = 0});
  while (const auto event = from_start.next(std::chrono::milliseconds(0))) output += seen_event(*event);
  take(output, 0, all);
  EXPECT_EQ(seen, all);
  const auto rows = store.history_conn().execute("SELECT count(*) FROM storage_history").fetchone().value();
  EXPECT_EQ(std::get<std::int64_t>(rows[0]), static_cast<std::int64_t>(all.size()));
  EXPECT_GT(all.size(), rounds);
  support::report_count("kills", rounds);
  support::report_count("watched events", all.size());
}

}  // namespace
}  // namespace cfp::crash
