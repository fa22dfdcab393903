#include "cache/collection.h"

#include <gtest/gtest.h>

#include "support/made_record.h"

namespace cfp::cache {
namespace {

using support::made_erase;
using support::made_record;
using support::numbered;

model::Record stored(std::uint64_t sequence, const std::string& item, std::int64_t value = 0) {
  return numbered(made_record("key", "collection", item, value), sequence);
}

model::Record erased(std::uint64_t sequence, const std::string& item) {
  return numbered(made_erase("key", "collection", item), sequence);
}

/// A row of the latest table; a deleted item without `first`.
model::LoadedItem row(const std::string& item, std::uint32_t version, std::uint64_t sequence, std::uint64_t first) {
  model::LoadedItem loaded;
  loaded.item_name = item;
  if (first != 0) loaded.state = stored(sequence, item, -1).state;
  loaded.base = {version, sequence};
  loaded.first_sequence = first;
  return loaded;
}

/// "name:version:sequence" of each item, in order.
std::string shown(const Collection& collection) {
  std::string out;
  for (const cfp::Record& record : collection.items()) {
    out += std::string(record.item_name()) + ":" + std::to_string(record.version()) + ":" +
           std::to_string(record.sequence()) + " ";
  }
  return out;
}

const model::ItemState* find(const ItemTable& table, const std::string& item) {
  return table.find({"key", name_hash("key"), "collection", item});
}

bool is_live(const ItemTable& table, const std::string& item) {
  const model::ItemState* const found = find(table, item);
  return found != nullptr && found->place.first_sequence != 0;
}

void apply(Collection& collection, model::Record record) { collection.apply(record); }

TEST(Collection, CountsVersionsAndKeepsTheOrderOfTheFirstStore) {
  ItemTable table;
  Collection collection(table, "key", "collection", true);
  apply(collection, stored(1, "b"));
  apply(collection, stored(2, "a"));
  apply(collection, stored(3, "b"));
  EXPECT_EQ(shown(collection), "b:2:3 a:1:2 ");
  EXPECT_EQ(collection.first_sequence(), 1U);
  EXPECT_EQ(find(table, "a")->place.version, 1U);
  EXPECT_FALSE(is_live(table, "c"));
}

TEST(Collection, LinksEachRecordToTheOneBeforeIt) {
  ItemTable table;
  Collection collection(table, "key", "collection", true);
  model::Record first = stored(5, "a"), second = stored(9, "a");
  collection.apply(first);
  collection.apply(second);
  EXPECT_EQ(first.link.step, 1U);
  EXPECT_EQ(first.link.previous_sequence, 0U);
  EXPECT_EQ(second.link.step, 2U);
  EXPECT_EQ(second.link.previous_sequence, 5U);
  EXPECT_EQ(first.link.base, nullptr);
}

TEST(Collection, GoesOnCountingBehindADeletionAndPutsTheItemAtTheEnd) {
  ItemTable table;
  Collection collection(table, "key", "collection", true);
  apply(collection, stored(1, "a"));
  apply(collection, stored(2, "b"));
  apply(collection, erased(3, "a"));
  EXPECT_EQ(shown(collection), "b:1:2 ");
  EXPECT_FALSE(is_live(table, "a"));
  EXPECT_EQ(collection.first_sequence(), 2U);
  apply(collection, erased(4, "a"));
  model::Record back = stored(5, "a");
  collection.apply(back);
  EXPECT_EQ(shown(collection), "b:1:2 a:4:5 ");
  EXPECT_EQ(back.link.previous_sequence, 4U);
  apply(collection, stored(6, "a"));
  EXPECT_EQ(shown(collection), "b:1:2 a:5:6 ");
}

TEST(Collection, FindsEveryOneOfManyItems) {
  ItemTable table;
  Collection collection(table, "key", "collection", true);
  for (std::uint64_t i = 1; i <= 3000; ++i) apply(collection, stored(i, "item" + std::to_string(i)));
  for (std::uint64_t i = 1; i <= 3000; i += 3) apply(collection, erased(3000 + i, "item" + std::to_string(i)));
  for (std::uint64_t i = 1; i <= 3000; ++i) {
    EXPECT_EQ(is_live(table, "item" + std::to_string(i)), i % 3 != 1) << i;
  }
  EXPECT_EQ(collection.items().size(), 2000U);
}

TEST(Collection, LearnsItsVersionsFromTheTable) {
  ItemTable table;
  Collection overlay(table, "key", "collection", false);
  model::Record first = stored(20, "a"), second = stored(21, "a"), fresh = stored(22, "new");
  overlay.apply(first);
  overlay.apply(second);
  overlay.apply(fresh);
  ASSERT_NE(first.link.base, nullptr);
  EXPECT_EQ(first.link.base, second.link.base);
  EXPECT_FALSE(first.link.base->get());

  const model::LoadedCollection rows{"collection", {row("a", 7, 12, 3), row("untouched", 1, 2, 2)}};
  overlay.merge(&rows);
  EXPECT_TRUE(overlay.loaded());
  EXPECT_EQ(shown(overlay), "untouched:1:2 a:9:21 new:1:22 ");
  EXPECT_EQ(first.link.base->get(), (model::VersionBase{7, 12}));
  EXPECT_EQ(fresh.link.base->get(), (model::VersionBase{0, 0}));
  model::Record later = stored(30, "a");
  overlay.apply(later);
  EXPECT_EQ(later.link.step, 10U);
  EXPECT_EQ(later.link.base, nullptr);
}

TEST(Collection, TakesTheVersionsThatAFlushHasFoundBefore) {
  ItemTable table;
  Collection overlay(table, "key", "collection", false);
  model::Record record = stored(20, "a");
  overlay.apply(record);
  record.link.base->resolve({4, 11});  // the flush; then latest was brought up to date, and the snapshot has the record
  const model::LoadedCollection rows{"collection", {row("a", 5, 20, 3)}};
  overlay.merge(&rows);
  EXPECT_EQ(shown(overlay), "a:5:20 ");
}

TEST(Collection, KeepsThePlaceFromTheTableUnlessTheItemWasDeletedInBetween) {
  ItemTable table;
  Collection overlay(table, "key", "collection", false);
  apply(overlay, stored(20, "kept"));
  apply(overlay, erased(21, "moved"));
  apply(overlay, stored(22, "moved"));
  apply(overlay, erased(23, "gone"));
  apply(overlay, stored(24, "risen"));
  const model::LoadedCollection rows{"collection",
                                     {row("moved", 1, 2, 2), row("gone", 2, 9, 3), row("kept", 3, 8, 4),
                                      row("stays", 1, 5, 5), row("risen", 6, 7, 0)}};
  overlay.merge(&rows);
  EXPECT_EQ(shown(overlay), "kept:4:20 stays:1:5 moved:3:22 risen:7:24 ");
  model::Record back = stored(30, "gone");
  overlay.apply(back);
  EXPECT_EQ(back.link.step, 4U);
  EXPECT_EQ(back.link.previous_sequence, 23U);
}

TEST(Collection, KnowsWithoutARowInTheTableThatItemsAreNew) {
  ItemTable table;
  Collection overlay(table, "key", "collection", false);
  model::Record record = stored(3, "a");
  overlay.apply(record);
  overlay.merge(nullptr);
  EXPECT_EQ(shown(overlay), "a:1:3 ");
  EXPECT_EQ(record.link.base->get(), model::VersionBase());
}

TEST(Collection, KeepsTheCountOfADeletedItemOfTheTable) {
  ItemTable table;
  Collection collection(table, "key", "collection", false);
  const model::LoadedCollection rows{"collection", {row("a", 6, 17, 0)}};
  collection.merge(&rows);
  EXPECT_EQ(shown(collection), "");
  EXPECT_EQ(collection.first_sequence(), 0U);
  model::Record back = stored(18, "a");
  collection.apply(back);
  EXPECT_EQ(back.link.step, 7U);
  EXPECT_EQ(back.link.previous_sequence, 17U);
}

TEST(Collection, ForgetsOnlyFromAnOverlayAndOnlyTheLastRecordOfAnItem) {
  ItemTable table;
  Collection overlay(table, "key", "collection", false);
  const model::Record old = stored(1, "a"), other = stored(2, "b"), last = stored(3, "a");
  for (model::Record record : {old, other, last}) overlay.apply(record);
  overlay.forget(old);
  EXPECT_EQ(overlay.entries(), 2U);
  overlay.forget(last);
  EXPECT_EQ(overlay.entries(), 1U);
  EXPECT_FALSE(is_live(table, "a"));
  EXPECT_TRUE(is_live(table, "b"));
  overlay.merge(nullptr);
  overlay.forget(other);
  EXPECT_EQ(shown(overlay), "b:1:2 ");
}

TEST(Collection, ForgetsManyItemsInAnyOrder) {
  ItemTable table;
  Collection overlay(table, "key", "collection", false);
  std::vector<model::Record> records;
  for (std::uint64_t i = 1; i <= 1000; ++i) records.push_back(stored(i, "item" + std::to_string(i)));
  for (model::Record& record : records) overlay.apply(record);
  for (std::size_t i = 0; i < records.size(); i += 2) overlay.forget(records[i]);
  EXPECT_EQ(overlay.entries(), 500U);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(is_live(table, std::string(records[i].state->item_name())), i % 2 == 1) << i;
  }
  overlay.merge(nullptr);
  EXPECT_EQ(overlay.items().size(), 500U);
}

TEST(Collection, TakesItsItemsOutOfTheTableWhenItGoes) {
  ItemTable table;
  {
    Collection other(table, "key", "other", true);
    Collection collection(table, "key", "collection", true);
    apply(collection, stored(1, "a"));
    model::Record elsewhere = numbered(made_record("key", "other", "a"), 2);
    other.apply(elsewhere);
    EXPECT_EQ(find(table, "a")->sequence, 1U);
  }
  EXPECT_EQ(find(table, "a"), nullptr);
}

}  // namespace
}  // namespace cfp::cache
