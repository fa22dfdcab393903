#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "cfp/metrics.h"

namespace cfp {
namespace {

TEST(MetricsText, HasAHelpATypeAndASampleForEachName) {
  std::istringstream text(metrics_text(Stats{}));
  const std::regex sample(R"re((cfp_[a-z_]+)(\{quantile="0\.\d+"\})? [-+.e0-9]+)re");
  std::set<std::string> names;
  std::string name;
  for (std::string line; std::getline(text, line);) {
    std::smatch parts;
    if (line.starts_with("# HELP ")) {
      name = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(names.insert(name).second) << name << " twice";
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_EQ(line.substr(7, name.size() + 1), name + " ");
    } else {
      ASSERT_TRUE(std::regex_match(line, parts, sample)) << line;
      EXPECT_TRUE(parts[1].str().starts_with(name)) << line;
    }
  }
  EXPECT_GT(names.size(), 20U);
}

TEST(MetricsText, GivesQuantilesCountAndSumOfSyncs) {
  Stats stats;
  stats.syncs = 3;
  stats.sync_seconds = 0.75;
  stats.sync_p50_seconds = 0.25;
  stats.sync_p99_seconds = 0.5;
  const std::string text = metrics_text(stats);
  EXPECT_NE(text.find("\ncfp_sync_seconds{quantile=\"0.5\"} 0.25\ncfp_sync_seconds{quantile=\"0.99\"} 0.5\n"
                      "cfp_sync_seconds_sum 0.75\ncfp_sync_seconds_count 3\n"),
            std::string::npos)
      << text;
}

TEST(MetricsText, LeavesOutWhatNeverHappened) {
  Stats stats;
  EXPECT_EQ(metrics_text(stats).find("cfp_last_backup_timestamp_seconds"), std::string::npos);
  stats.last_backup_at = Timestamp("2026-01-02T00:00:00.5Z");
  EXPECT_NE(metrics_text(stats).find("\ncfp_last_backup_timestamp_seconds 1767312000.5\n"), std::string::npos);
}

TEST(MetricsText, KeepsLargeNumbersExact) {
  Stats stats;
  stats.last_sequence = 18'446'744'073'709'551'615U;
  EXPECT_NE(metrics_text(stats).find("\ncfp_last_sequence 18446744073709551615\n"), std::string::npos);
}

}  // namespace
}  // namespace cfp
