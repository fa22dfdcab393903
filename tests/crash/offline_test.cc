// repair and restore killed at every failpoint they have, and again in the repetition: the end is always the same.

#include <gtest/gtest.h>

#include <sstream>

#include "crash/child_process.h"
#include "oracle/offline_store.h"
#include "support/effort.h"

namespace cfp::crash {
namespace {

namespace fs = std::filesystem;
using oracle::segments_of;
using oracle::small_config;

std::vector<std::string> failpoints(const std::string& prefix) {
  ChildProcess child({"list-failpoints"});
  child.wait();
  std::istringstream lines(child.output());
  std::vector<std::string> names;
  for (std::string name; std::getline(lines, name);) {
    if (name.starts_with(prefix)) names.push_back(name);
  }
  return names;
}

/// Whether the call was killed.
bool run(const std::vector<std::string>& arguments, const std::string& failpoint = "") {
  ChildProcess child(arguments, failpoint);
  child.wait();
  EXPECT_TRUE(child.was_killed() || child.succeeded()) << failpoint << ": " << child.errors();
  return child.was_killed();
}

/// Contents by name; what a repair or a restore has under way does not count.
std::map<std::string, std::string> contents(const fs::path& directory) {
  std::map<std::string, std::string> all;
  for (const auto& [name, file] : oracle::listing_of(directory)) {
    if (!name.starts_with("repair.tmp") && name != ".lock") all[name] = std::get<2>(file);
  }
  return all;
}

class OfflineSweep : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path(const std::string& name = "store") const { return directory_.path() / name; }

  /// No history and no beginning of the log; latest has values of its own, and the log behind them is damaged twice.
  void make_damaged() const {
    const fs::path running = path("running");
    {
      CollectionFastPersist store(oracle::kDay, small_config(running));
      oracle::store_marks(store, 1, 50);
      store.close();
    }
    {
      CollectionFastPersist store(oracle::kNextDay, small_config(running));
      oracle::store_marks(store, 51, 80);
      copy("running", "store");
    }
    fs::remove(segments_of(path())[0]);
    fs::remove(path() / "storage_history.duckdb.wal");
    oracle::write_content(path() / "storage_history.duckdb", "this is no database");
    ASSERT_TRUE(oracle::damage(segments_of(path(), oracle::kNextDay)[0], "\"m53\""));
    ASSERT_TRUE(oracle::damage(segments_of(path(), oracle::kNextDay)[1], "\"format\""));
  }
  void copy(const std::string& from, const std::string& to) const {
    fs::remove_all(path(to));
    fs::copy(path(from), path(to), fs::copy_options::recursive);
  }
  [[nodiscard]] std::vector<oracle::HistoryRow> rows_of(const std::string& name) const {
    CollectionFastPersist store(oracle::kNextDay, small_config(path(name)));
    auto rows = oracle::history_of(store);
    store.close();
    return rows;
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(OfflineSweep, ARepairThatIsKilledAnywhereEndsInTheSameStore) {
  const auto names = failpoints("repair.");
  if (names.empty()) GTEST_SKIP() << "this build has no failpoints (CFP_FAILPOINTS)";
  make_damaged();
  copy("store", "whole");
  EXPECT_FALSE(run({"repair", path("whole")}));
  copy("whole", "opened");
  const auto rows = rows_of("opened");
  EXPECT_GT(rows.size(), 30U);
  std::size_t kills = 0;
  for (const std::string& name : names) {
    for (const std::string& pass : {name, name + ":2"}) {
      copy("store", "killed");
      const bool was_killed = run({"repair", path("killed")}, pass);
      EXPECT_TRUE(was_killed || pass != name) << "no repair gets to the failpoint " << name;
      if (!was_killed) continue;
      copy("killed", "opened");
      const bool is_committed = fs::exists(path("killed") / "repair.new") || name == "repair.done";
      const auto code = oracle::code_of([&] { EXPECT_EQ(rows_of("opened"), rows) << pass; });
      EXPECT_EQ(code, is_committed ? std::nullopt : std::optional(ErrorCode::corrupt)) << pass;
      kills += run({"repair", path("killed")}, name) ? 2U : 1U;
      EXPECT_FALSE(run({"repair", path("killed")}));
      EXPECT_FALSE(fs::exists(path("killed") / "repair.tmp")) << pass;
      const auto found = contents(path("killed"));
      for (const auto& [file, bytes] : contents(path("whole"))) {
        ASSERT_TRUE(found.contains(file)) << file << " after " << pass;
        EXPECT_TRUE(file == "storage_history.duckdb" || found.at(file) == bytes) << file << " after " << pass;
      }
      EXPECT_EQ(found.size(), contents(path("whole")).size()) << pass;
      EXPECT_EQ(rows_of("killed"), rows) << pass;
    }
  }
  support::report_count("kills", kills);
}

TEST_F(OfflineSweep, ARestoreThatIsKilledAnywhereIsRefusedOrWholeAndTheSourceIsUntouched) {
  const auto names = failpoints("restore.");
  if (names.empty()) GTEST_SKIP() << "this build has no failpoints (CFP_FAILPOINTS)";
  {
    CollectionFastPersist store(oracle::kDay, small_config(path("running")));
    oracle::store_marks(store, 1, 20);
    store.flush_data_to_duckdb();
    oracle::store_marks(store, 21, 40);
    copy("running", "store");
  }
  const auto source = oracle::listing_of(path());
  for (const std::string& name : names) {
    fs::remove_all(path("into"));
    EXPECT_TRUE(run({"restore", path(), path("into")}, name)) << "no restore gets to the failpoint " << name;
    EXPECT_EQ(oracle::listing_of(path()), source) << name;
    const bool is_half = fs::exists(path("into") / "restore.tmp");
    const auto again = oracle::code_of([&] { restore(path(), path("into")); });
    EXPECT_EQ(again, is_half ? ErrorCode::corrupt : ErrorCode::invalid_argument) << name;
    if (is_half) {
      EXPECT_EQ(oracle::code_of([&] { static_cast<void>(rows_of("into")); }), ErrorCode::corrupt) << name;
    } else {
      EXPECT_EQ(rows_of("into").size(), 40U) << name;
    }
    fs::remove_all(path("into"));
    EXPECT_EQ(restore(path(), path("into")).records, 40U) << name;
  }
  support::report_count("kills", names.size());
}

}  // namespace
}  // namespace cfp::crash
