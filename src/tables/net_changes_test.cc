#include "tables/net_changes.h"

#include <gtest/gtest.h>

#include "support/made_record.h"

namespace cfp::tables {
namespace {

using support::made_erase;
using support::made_record;
using support::numbered;

/// Records with their versions, kept alive for the changes that point at them.
class RecordRun {
 public:
  void store(const std::string& item) { add(made_record("k", "c", item)); }
  void erase(const std::string& item) { add(made_erase("k", "c", item)); }
  void add(model::Record record) { records_.push_back(numbered(std::move(record), records_.size() + 1)); }

  [[nodiscard]] std::vector<ItemChange> changes() const {
    std::vector<VersionedRecord> versioned;
    for (const model::Record& record : records_) versioned.push_back({&record, 10, 0});
    return net_changes(versioned);
  }

 private:
  std::vector<model::Record> records_;
};

/// "item@last first-store[ erased]"
std::string shown(const ItemChange& change) {
  return std::string(change.last.record->state->item_name()) + "@" + std::to_string(change.last.record->sequence()) +
         " " + std::to_string(change.first_store_sequence) + (change.erased_in_between ? " erased" : "");
}

TEST(NetChanges, HaveTheLastRecordOfEachItemOnce) {
  RecordRun run;
  for (const char* item : {"a", "b", "a", "a"}) run.store(item);
  const auto changes = run.changes();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(shown(changes[0]), "a@4 1");
  EXPECT_EQ(shown(changes[1]), "b@2 2");
  EXPECT_EQ(changes[0].last.version, 10U);
}

TEST(NetChanges, BeginAnItemAnewBehindItsDeletion) {
  RecordRun run;
  run.store("back");
  run.erase("back");
  run.store("back");
  run.store("back");
  run.store("gone");
  run.erase("gone");
  run.erase("only erased");
  const auto changes = run.changes();
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(shown(changes[0]), "back@4 3 erased");
  EXPECT_EQ(shown(changes[1]), "gone@6 0 erased");
  EXPECT_EQ(shown(changes[2]), "only erased@7 0 erased");
}

TEST(NetChanges, TellItemsApartByAllThreeNames) {
  RecordRun run;
  run.add(made_record("a", "b", "c"));
  run.add(made_record("a", "bc", ""));
  run.add(made_record("ab", "c", ""));
  run.add(made_record("", "a", "bc"));
  EXPECT_EQ(run.changes().size(), 4U);
}

TEST(NetChanges, TellItemsApartWhoseHashesCollide) {
  RecordRun run;
  model::Record one = made_record("k", "c", "one"), two = made_record("k", "c", "two");
  two.item_hash = one.item_hash;
  run.add(one);
  run.add(two);
  EXPECT_EQ(run.changes().size(), 2U);
}

TEST(NetChanges, OfNothingAreNone) { EXPECT_TRUE(net_changes({}).empty()); }

}  // namespace
}  // namespace cfp::tables
