#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "cfp/collection_fast_persist.h"
#include "crash/acknowledged.h"
#include "crash/workload.h"

namespace cfp::crash {

/// P5: each change is there whole, in one batch, and in order; all that were acknowledged, and at most one more of a
/// run.
inline void check_changes(CollectionFastPersist& store, const Acknowledged& acknowledged) {
  const auto rows = store.history_conn()
                        .execute(
                            "SELECT coalesce(username, data->>'change'), count(*), max(cfp_seq), count(DISTINCT "
                            "item_name), min(cfp_op) = max(cfp_op), min(cfp_op), count(DISTINCT cfp_batch) FROM "
                            "storage_history WHERE \"key\" = ? GROUP BY 1 ORDER BY 3",
                            {Value(kChangedKey)})
                        .fetchall();
  std::map<std::string, std::uint64_t> next;
  std::size_t found = 0;
  for (const Row& row : rows) {
    const auto& name = std::get<std::string>(row[0]);
    const std::string run = name.substr(0, name.find('/'));
    const std::uint64_t n = std::stoull(name.substr(run.size() + 1));
    EXPECT_EQ(n, next[run]++) << "a gap, or out of order: " << name;
    EXPECT_EQ(row[1], Cell(std::int64_t{kItemsOfAChange})) << "half of " << name;
    EXPECT_EQ(row[3], Cell(std::int64_t{kItemsOfAChange})) << name;
    EXPECT_EQ(row[4], Cell(true)) << name;
    EXPECT_EQ(row[5], Cell(std::string(is_delete(n) ? "delete" : "store"))) << name;
    EXPECT_EQ(row[6], Cell(std::int64_t{1})) << name;
    const auto known = acknowledged.changes().find(name);
    if (known == acknowledged.changes().end()) continue;
    ++found;
    EXPECT_TRUE(known->second == 0 || row[2] == Cell(known->second)) << name;
  }
  EXPECT_EQ(found, acknowledged.changes().size()) << "acknowledged changes are lost";
  EXPECT_LE(rows.size(), found + next.size()) << "a change that was never begun";
}

}  // namespace cfp::crash
