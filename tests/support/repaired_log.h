#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "os/overlay_directory.h"
#include "recovery/log_repair.h"
#include "support/recovered_log.h"

namespace cfp::support {

/// What a repair would do.
inline recovery::LogRepairResult plan_repair(SimulatedLog& log, std::uint64_t watermark = 0) {
  const auto disk = os::make_overlay_directory(*log.base);
  return recovery::LogRepair(*disk, log.store_id, watermark).run();
}

/// Repairs the log; returns what was done.
inline recovery::LogRepairResult repair(SimulatedLog& log, std::uint64_t watermark = 0) {
  recovery::finish_repair(*log.base);
  auto result = plan_repair(log, watermark);
  if (!result.plan.empty()) recovery::commit_repair(*log.base, *recovery::begin_repair(*log.base), result.plan);
  return result;
}

/// Every file of the date directory with its bytes.
inline std::map<std::string, std::string> listing(SimulatedLog& log) {
  std::map<std::string, std::string> all;
  for (const std::string& name : log.names()) all[name] = log.content(name);
  return all;
}

/// The values 1 to `last` with their sequences, but for those from `from` to `through`.
inline std::vector<NumberedValue> values_without(std::int64_t last, std::int64_t from, std::int64_t through) {
  std::vector<NumberedValue> values;
  for (std::int64_t i = 1; i <= last; ++i) {
    if (i < from || i > through) values.emplace_back(i, i);
  }
  return values;
}

/// Refused, repaired, opened with exactly these records, and it goes on. Whatever was there is there still.
inline recovery::LogRepairResult expect_repaired(SimulatedLog& log, const std::vector<NumberedValue>& expected,
                                                 std::uint64_t watermark = 0) {
  EXPECT_TRUE(is_refused(log, watermark));
  const auto before = listing(log);
  const auto foreseen = plan_repair(log, watermark);
  EXPECT_EQ(listing(log), before) << "a dry run changes nothing";
  auto done = repair(log, watermark);
  EXPECT_EQ(done.steps, foreseen.steps);
  EXPECT_EQ(done.missing, foreseen.missing);
  const auto after = listing(log);
  for (const auto& [name, bytes] : before) {
    const bool kept = (after.contains(name) && after.at(name) == bytes) ||
                      (after.contains(name + ".corrupt") && after.at(name + ".corrupt") == bytes);
    EXPECT_TRUE(kept) << name;
  }
  EXPECT_TRUE(plan_repair(log, watermark).steps.empty()) << "a second repair has nothing to do";
  log.crash(CrashMode::drop_unsynced);
  const RecoveredLog found = recover(log, watermark);
  EXPECT_EQ(found.records, expected);
  expect_goes_on(log, found, watermark);
  return done;
}

}  // namespace cfp::support
