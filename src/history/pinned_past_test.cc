#include "history/pinned_past.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "cfp/error.h"
#include "support/made_record.h"

namespace cfp::history {
namespace {

/// A past of which only the unflushed records are asked.
class PinnedPastTest : public ::testing::Test {
 protected:
  void hand_over(std::uint64_t sequence) {
    model::Record record = support::numbered(support::made_record("k", "c", "i"), sequence);
    ASSERT_TRUE(unflushed_.try_reserve(model::footprint_bytes(record)));
    unflushed_.append({&record, 1});
  }
  [[nodiscard]] PinnedPast pinned() { return PinnedPast({cache_, unflushed_, tables_}); }

 private:
  cache::Cache cache_{[](std::string_view, std::optional<std::string_view>) { return cache::Snapshot(); }};
  flush::UnflushedSet unflushed_{1 << 20, 7};
  flush::OpenTables tables_;
};

TEST_F(PinnedPastTest, WaitsForARecordThatReadersHaveSeen) {
  const PinnedPast past = pinned();
  past.wait_for(7);  // the tables have it
  std::thread writer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    hand_over(8);
  });
  past.wait_for(8);
  EXPECT_TRUE(past.find({"k", "c", "i"}, 8));
  EXPECT_FALSE(past.find({"k", "c", "another"}, 8));
  writer.join();
}

TEST_F(PinnedPastTest, SaysWhatToDoAboutARecordThatNeverComes) {
  const PinnedPast past = pinned();
  try {
    past.wait_for(8);
    FAIL() << "it is not there";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::failed);
    EXPECT_NE(std::string(error.what()).find("open the store again"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cfp::history
