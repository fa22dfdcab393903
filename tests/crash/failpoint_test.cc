// The program killed at every failpoint it has, then its recovery killed, again and again; then everything that was
// acknowledged must be there (P1 to P5). The list of failpoints comes from the binary itself.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <sstream>

#include "crash/child_process.h"
#include "crash/damaged_store.h"
#include "crash/store_check.h"
#include "support/effort.h"
#include "support/temporary_directory.h"

namespace cfp::crash {
namespace {

constexpr std::size_t kShards = 8;  // run in parallel
constexpr std::size_t kParts = 40;  // of the recoveries, of which the ordinary run does one

std::vector<std::string> failpoints() {
  ChildProcess child({"list-failpoints"});
  child.wait();
  std::istringstream lines(child.output());
  std::vector<std::string> names;
  for (std::string name; std::getline(lines, name);) {
    // No open gets to those of the offline calls: offline_test.cc has a sweep of its own.
    if (!name.starts_with("repair.") && !name.starts_with("restore.")) names.push_back(name);
  }
  return names;
}

/// A store and what is known of it.
struct Store {
  support::TemporaryDirectory directory;
  Acknowledged acknowledged;
  std::size_t imported = 0;
  std::uint64_t runs = 0;
  std::size_t kills = 0;

  [[nodiscard]] fs::path path() const { return directory.path() / "store"; }
  [[nodiscard]] fs::path date_directory() const { return path() / kDate; }
};

/// One call of the child on the store. True when it was killed; anything but that or success fails the test.
bool run_child(Store& store, const std::string& mode, int ops, const std::string& failpoint) {
  std::vector<std::string> arguments = {mode, store.path().string()};
  if (mode == "run") {
    store.acknowledged.add_run(++store.runs);
    arguments.insert(arguments.end(), {std::to_string(store.runs), std::to_string(ops)});
  }
  ChildProcess child(arguments, failpoint);
  child.wait();
  store.acknowledged.read(child.output());
  EXPECT_TRUE(child.was_killed() || child.succeeded()) << mode << " at " << failpoint << ": " << child.errors();
  store.kills += child.was_killed() ? 1U : 0U;
  return child.was_killed();
}

/// A way to get to failpoints; the ones whose names begin with `leads_to` for certain.
struct Scenario {
  std::string name, leads_to;
  std::function<void(Store&)> prepare;
  std::string mode;
};

void make_closed(Store& store) { EXPECT_FALSE(run_child(store, "run", 8, "")); }
/// The first pass, which is certain to come: history has rows then, and latest none.
void make_crashed(Store& store) { EXPECT_TRUE(run_child(store, "run", 8, "flush.before_apply")); }

/// History is damaged, and a backup has all but what came after it; by hand, so that both are as they are meant.
void make_damaged(Store& store) {
  make_closed(store);
  const fs::path history = store.path() / "storage_history.duckdb";
  fs::copy_file(history, store.date_directory() / "storage_history.duckdb.backup",
                fs::copy_options::overwrite_existing);
  make_crashed(store);
  fs::resize_file(history, 5000);
}
void make_marked(Store& store) {
  make_closed(store);
  std::ofstream(store.path() / ".check") << "damage";
}
/// Reading all of history finds that a row is missing; opening it does not.
void make_unsound(Store& store) {
  make_closed(store);
  run_sql(store.path() / "storage_history.duckdb",
          "DELETE FROM storage_history WHERE cfp_seq = 4; UPDATE cfp_meta SET rows = rows - 1");
}

void make_reference(Store& store) {
  const fs::path fixture = fs::path(CFP_SOURCE_DIR) / "tests/compat/reference/crash_after_flush";
  fs::copy(fixture, store.path(), fs::copy_options::recursive);
  const std::string expected = content_of(fixture / "expected.json");
  for (auto at = expected.find("\"item_name\""); at != std::string::npos; at = expected.find("\"item_name\"", at + 1)) {
    ++store.imported;
  }
}

/// Three old days with backups that retention may delete, and one with nothing.
void age_backups(Store& store) {
  for (const char* const day : {"2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04"}) {
    fs::create_directory(store.path() / day);
    if (std::string(day) == "2025-01-04") continue;
    for (const char* const table : {"storage_latest", "storage_history"}) {
      const std::string name = std::string(table) + ".duckdb.backup";
      fs::copy(store.date_directory() / name, store.path() / day / name);
    }
  }
}

void spoil_backup(Store& store) {
  std::ofstream(store.date_directory() / "storage_history.duckdb.backup", std::ios::binary) << "no backup";
}

/// Those that are made for this failpoint come first: that saves time, and no more.
std::vector<Scenario> scenarios_for(const std::string& failpoint) {
  std::vector<Scenario> all = {
      {"first open", "", [](Store&) {}, "run"},
      {"open after a crash", "recovery.", make_crashed, "run"},
      {"torn tail", "recovery.before_torn_cut", [](Store& s) { make_crashed(s), tear_tail(s.date_directory()); },
       "run"},
      {"torn first group", "recovery.before_torn_rename",
       [](Store& s) { make_crashed(s), tear_header(s.date_directory()); }, "run"},
      {"latest missing", "rebuild.latest",
       [](Store& s) { make_closed(s), fs::remove(s.path() / "storage_latest.duckdb"); }, "run"},
      {"latest rebuilt", "rebuild.latest", make_closed, "rebuild-latest"},
      {"history rebuilt", "rebuild.history", [](Store& s) { make_closed(s), lose_history_row(s.path(), 4); },
       "rebuild-history"},
      {"latest sorted", "latest.sort", make_closed, "sort"},
      {"history damaged", "healing.", make_damaged, "run"},
      {"damage marked", "healing.before_mark_removed", make_marked, "run"},
      {"damage found", "healing.before_mark", make_unsound, "check"},
      {"columns added", "columns.", make_crashed, "columns"},
      {"reference import", "import.", make_reference, "run"},
      {"old backups", "retention.", [](Store& s) { make_closed(s), age_backups(s); }, "backup"},
      {"second backup", "retire.before_removal", make_closed, "backup"},
      {"unreadable backup", "backup.before_set_aside", [](Store& s) { make_closed(s), spoil_backup(s); }, "run"},
  };
  std::ranges::stable_sort(all, std::greater<>(), [&](const Scenario& scenario) {
    return failpoint.starts_with(scenario.leads_to) ? scenario.leads_to.size() : 0;
  });
  return all;
}

/// One scenario, killed at the given pass; nullptr when it does not get there.
std::unique_ptr<Store> killed_store(const Scenario& scenario, const std::string& failpoint) {
  auto store = std::make_unique<Store>();
  scenario.prepare(*store);
  return run_child(*store, scenario.mode, 8, failpoint) ? std::move(store) : nullptr;
}

std::unique_ptr<Store> copy_of(const Store& store) {
  auto copy = std::make_unique<Store>();
  fs::copy(store.path(), copy->path(), fs::copy_options::recursive);
  copy->acknowledged = store.acknowledged;
  copy->imported = store.imported;
  copy->runs = store.runs;
  return copy;
}

/// The row that a test took out of history is no crash: only the rebuild that was killed brings it back, or the open
/// after a check that found it.
void expect_whole(Store& store, const Scenario& scenario) {
  if (scenario.mode == "rebuild-history" || scenario.mode == "check") run_child(store, scenario.mode, 0, "");
  EXPECT_EQ(check_store(store.path(), store.acknowledged), store.imported);
}

/// Recoveries one after the other on what the one before left, each killed at another failpoint: so many of the kParts
/// as CFP_EFFORT says, others for each failpoint. A rebuild is begun again, as its caller would: backups of a history
/// that lacks a row without knowing it let the log go that has the row.
void kill_recoveries(Store& store, const Scenario& scenario, const std::vector<std::string>& names, std::size_t first) {
  // A close that makes a backup reports damage as an error; a check finds it and leaves it to the next open.
  const bool repeats = scenario.mode == "rebuild-history" || scenario.mode == "check";
  const std::string mode = repeats ? scenario.mode : "run";
  const std::size_t parts = support::at_effort({.ci = 1, .proof = 4, .soak = kParts});
  run_child(store, mode, 3, names[first]);  // the same again
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((i + kParts - first % kParts) % kParts < parts) run_child(store, mode, 3, names[i]);
  }
}

/// True when the scenario gets to the failpoint; adds to `kills` how often it and its recoveries were killed.
bool survives(const Scenario& scenario, const std::vector<std::string>& names, std::size_t index, std::size_t& kills) {
  const auto store = killed_store(scenario, names[index]);
  if (!store) return false;
  const auto copy = copy_of(*store);
  expect_whole(*store, scenario);
  kill_recoveries(*copy, scenario, names, index);
  expect_whole(*copy, scenario);
  kills += store->kills + copy->kills;
  // The third pass is another moment of the same place; the ordinary run sees it for a quarter of them.
  if (index % 4 != 0 && support::at_effort({.ci = 0, .proof = 1, .soak = 1}) == 0) return true;
  if (const auto later = killed_store(scenario, names[index] + ":3")) {
    expect_whole(*later, scenario);
    kills += later->kills;
  }
  return true;
}

class FailpointSweep : public ::testing::TestWithParam<std::size_t> {};

TEST_P(FailpointSweep, LosesNothingAcknowledgedWhereverItAndItsRecoveriesAreKilled) {
  const auto names = failpoints();
  if (names.empty()) GTEST_SKIP() << "this build has no failpoints (CFP_FAILPOINTS)";
  std::size_t kills = 0;
  for (std::size_t i = GetParam(); i < names.size() && !HasFailure(); i += kShards) {
    bool reached = false;
    for (const Scenario& scenario : scenarios_for(names[i])) {
      SCOPED_TRACE(names[i] + " in: " + scenario.name);
      reached = survives(scenario, names, i, kills);
      if (reached) break;
    }
    EXPECT_TRUE(reached) << "no scenario gets to the failpoint " << names[i];
  }
  support::report_count("kills", kills);
}

/// Rows and what the file says of them are one transaction: an open that had to heal would hide that they are not.
TEST(KilledTransaction, LeavesFilesThatNeedNoHealing) {
  if (failpoints().empty()) GTEST_SKIP() << "this build has no failpoints (CFP_FAILPOINTS)";
  for (const char* const place : {"history.append.before_commit", "history.append.after_commit",
                                  "latest.apply.before_commit", "latest.apply.after_commit"}) {
    SCOPED_TRACE(place);
    Store store;
    make_closed(store);
    EXPECT_TRUE(run_child(store, "run", 8, place));
    {
      CollectionFastPersist opened(kDate, store.path());
      EXPECT_EQ(opened.get_stats().healed_files, 0U);
      opened.close();
    }
    EXPECT_EQ(check_store(store.path(), store.acknowledged), 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Shards, FailpointSweep, ::testing::Range<std::size_t>(0, kShards));

}  // namespace
}  // namespace cfp::crash
