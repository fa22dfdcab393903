// P2: what a reader has seen is there after a kill that comes right after the read, also when `store` had not returned.

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "cfp/collection_fast_persist.h"
#include "crash/child_process.h"
#include "crash/workload.h"
#include "support/effort.h"
#include "support/temporary_directory.h"

namespace cfp::crash {
namespace {

TEST(SeenRecord, IsThereAfterAKillRightAfterTheRead) {
  const std::size_t rounds = support::at_effort({.ci = 15, .proof = 500, .soak = 20'000});
  const support::TemporaryDirectory directory;
  CollectionConfig config;
  config.base_dir = directory.path() / "store";
  std::int64_t next = 0;
  for (std::size_t round = 0; round < rounds && !HasFailure(); ++round) {
    ChildProcess child({"seen", config.base_dir.string(), std::to_string(next), std::to_string(round % 40)});
    child.wait();
    ASSERT_TRUE(child.was_killed()) << child.errors();
    std::istringstream words(child.output());
    std::string word;
    std::uint64_t sequence = 0;
    std::int64_t number = -1;
    ASSERT_TRUE(words >> word >> sequence >> number) << child.output();
    ASSERT_GE(number, next);

    CollectionFastPersist store(kDate, config);
    const auto rows = store.history_conn()
                          .execute("SELECT value_int FROM storage_history WHERE cfp_seq = " + std::to_string(sequence))
                          .fetchall();
    EXPECT_EQ(rows, (std::vector<Row>{{number}})) << "a reader had seen record " << sequence;
    const auto record = store.get_item("k", "c", "i");
    ASSERT_TRUE(record);
    EXPECT_GE(record->sequence(), sequence);
    next = std::get<std::int64_t>(record->value()) + 1;
  }
  support::report_count("kills", rounds);
}

}  // namespace
}  // namespace cfp::crash
