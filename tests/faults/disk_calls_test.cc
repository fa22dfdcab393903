// Each call that changes a file of DuckDB's fails: once or from then on, for want of space or by an error of the disk;
// with the real engine, in a program of its own. It may report errors, but no wrong answer, and nothing that was
// acknowledged is lost (P1 to P5, P9).

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "cfp/backup.h"
#include "crash/child_process.h"
#include "crash/store_check.h"
#include "support/effort.h"
#include "support/seeded_choice.h"
#include "support/temporary_directory.h"

namespace cfp::faults {
namespace {

constexpr std::size_t kShards = 2;
constexpr const char* kFilesOfDuckDb = ".duckdb";  // live ones, their logs, copies, backups

struct Fault {
  unsigned long first = 0;
  bool goes_on = false;
  int error = 0;
};

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << (fault.goes_on ? "from call " : "call ") << fault.first << " on: errno " << fault.error;
}

std::vector<std::string> lines_with(const std::string& output, const std::string& begin) {
  std::istringstream lines(output);
  std::vector<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begin)) found.push_back(line);
  }
  return found;
}

/// A store whose first run met nothing, so that the run with the fault has something to lose.
class FailingStore {
 public:
  /// How many calls the run makes when none fails.
  unsigned long calls() {
    const std::string output = run({});
    EXPECT_TRUE(lines_with(output, "error").empty()) << output;
    const auto counted = lines_with(output, "calls ");
    return counted.empty() ? 0 : std::stoul(counted.front().substr(6));
  }
  /// Output of the run.
  std::string run(const Fault& fault) {
    acknowledged_.add_run(++runs_);
    crash::ChildProcess child({"faulty", path().string(), std::to_string(runs_), kFilesOfDuckDb,
                               std::to_string(fault.first), fault.goes_on ? "on" : "once",
                               std::to_string(fault.error)});
    child.wait();
    acknowledged_.read(child.output());
    if (gave_up(child)) {
      support::report_count("ends that DuckDB made", 1);
    } else {
      EXPECT_TRUE(child.succeeded()) << child.output() << child.errors();
      EXPECT_EQ(lines_with(child.output(), "end").size(), 1U) << child.output();
    }
    EXPECT_TRUE(lines_with(child.output(), "lie").empty()) << child.output();
    EXPECT_TRUE(lines_with(child.output(), "error store").empty()) << "the log is well: " << child.output();
    return child.output();
  }
  void expect_whole() {
    for (const BackupInfo& backup : list_backups(path(), true)) {
      EXPECT_TRUE(backup.is_readable) << backup.path << ": " << backup.problem;
    }
    EXPECT_EQ(crash::check_store(path(), acknowledged_), 0U);
  }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "store"; }

 private:
  /// When a write to its log fails, and then the cut that takes it back, DuckDB throws where it may not, which ends the
  /// process: the one end that is allowed, and like a kill.
  static bool gave_up(const crash::ChildProcess& child) {
    return !child.succeeded() && child.errors().find("duckdb::IOException") != std::string::npos &&
           child.errors().find("Could not truncate file") != std::string::npos;
  }

  const support::TemporaryDirectory directory_;
  crash::Acknowledged acknowledged_;
  std::uint64_t runs_ = 0;
};

class FailingDuckDbCalls : public ::testing::TestWithParam<std::size_t> {};

/// On a new store or on one that was there, which makes other calls. True when a call of the store reported the fault.
bool survives(const Fault& fault, bool on_new_store) {
  std::ostringstream text;
  text << fault << (on_new_store ? " of a new store" : "");
  SCOPED_TRACE(text.str());
  FailingStore store;
  if (!on_new_store) store.run({});
  const std::string output = store.run(fault);
  store.expect_whole();
  return !lines_with(output, "error").empty();
}

TEST_P(FailingDuckDbCalls, CostNothingAcknowledgedAndNoWrongAnswer) {
  FailingStore counted;
  const unsigned long calls[] = {counted.calls(), counted.calls()};
  ASSERT_GT(std::min(calls[0], calls[1]), 50U) << "the calls of DuckDB do not end here";
  std::vector<std::pair<Fault, bool>> all;
  for (const bool on_new_store : {true, false}) {
    for (unsigned long first = 1; first <= calls[on_new_store ? 0 : 1]; ++first) {
      for (const bool goes_on : {false, true}) {
        for (const int error : {ENOSPC, EIO}) all.push_back({{first, goes_on, error}, on_new_store});
      }
    }
  }
  const std::size_t wanted = support::at_effort({.ci = 4, .proof = 60, .soak = all.size()});
  const std::size_t step = std::max<std::size_t>(1, all.size() / (wanted * kShards));
  std::size_t tried = 0, reported = 0;
  // The steps have no factor in common with the kinds of faults, so that a sample has some of each.
  for (std::size_t at = GetParam(); at < all.size() && !HasFailure(); at += step * kShards + (step > 1 ? 1 : 0)) {
    reported += survives(all[at].first, all[at].second) ? 1U : 0U;
    ++tried;
  }
  EXPECT_GT(reported, 0U) << "no fault got to the store";
  support::report_count("failing calls of DuckDB", tried);
}

INSTANTIATE_TEST_SUITE_P(Shards, FailingDuckDbCalls, ::testing::Range<std::size_t>(0, kShards));

}  // namespace
}  // namespace cfp::faults
