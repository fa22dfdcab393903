#include "history/pinned_past.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cfp/error.h"
#include "support/fake_tables.h"
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

TEST(PinnedPastStretch, PassesOverRowsOfAnotherItemWithTheSameHash) {
  const auto disk = std::make_shared<support::FakeTableDisk>();
  support::FakeTables store(disk);
  flush::OpenTables tables;
  tables.replace_history([&] { return store.open_history({}, "0123456789abcdef0123456789abcdef"); });
  const std::uint64_t hash = model::item_hash("k", "c", "i");
  std::vector<model::Record> records;
  for (std::uint64_t i = 1; i <= 9; ++i) {
    records.push_back(support::numbered(support::made_record("k", "c", i % 3 == 0 ? "other" : "i"), i));
    records.back().item_hash = hash;
  }
  std::vector<tables::VersionedRecord> rows;
  std::map<bool, tables::VersionedRecord> last;
  for (const model::Record& record : records) {
    tables::VersionedRecord& before = last[record.sequence() % 3 == 0];
    before = {&record, before.version + 1, before.record == nullptr ? 0 : before.record->sequence()};
    rows.push_back(before);
  }
  tables.with_history([&](tables::HistoryTable& table) { table.append(rows); });
  cache::Cache cache([](std::string_view, std::optional<std::string_view>) { return cache::Snapshot(); });
  flush::UnflushedSet unflushed(1 << 20, 9);
  const PinnedPast past({cache, unflushed, tables});
  std::string found;
  for (const FoundVersion& version : past.find_all({"k", "c", "i"}, {1, 8, 100})) {
    found += std::to_string(version.item.record.sequence()) + ":" + std::to_string(version.item.record.version()) + " ";
    EXPECT_EQ(version.item.record.item_name(), "i");
  }
  EXPECT_EQ(found, "8:6 7:5 5:4 4:3 2:2 1:1 ");
  EXPECT_TRUE(past.find_all({"k", "c", "i"}, {1, 0, 100}).empty());
}

}  // namespace
}  // namespace cfp::history
