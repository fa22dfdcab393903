#include "cache/cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "cfp/error.h"
#include "support/made_record.h"

namespace cfp::cache {
namespace {

using support::made_erase;
using support::made_record;
using support::numbered;

/// A latest table of the test's making, and what was asked of it.
struct Table {
  std::map<std::string, std::vector<model::LoadedCollection>> keys;
  std::vector<std::string> asked;

  Loader loader() {
    return [this](std::string_view key, std::optional<std::string_view> collection) {
      asked.push_back(std::string(key) + (collection ? "/" + std::string(*collection) : ""));
      Snapshot snapshot;
      for (const model::LoadedCollection& loaded : keys[std::string(key)]) {
        if (!collection || loaded.name == *collection) snapshot.collections.push_back(loaded);
      }
      return snapshot;
    };
  }
  void add(const std::string& key, const std::string& collection, const std::string& item, std::uint32_t version,
           std::uint64_t sequence, std::uint64_t first) {
    auto& collections = keys[key];
    if (collections.empty() || collections.back().name != collection) collections.push_back({collection, {}});
    const model::Record record = numbered(made_record(key, collection, item), sequence);
    collections.back().items.push_back({item, record.state, {version, sequence}, first});
  }
};

void store(Cache& cache, std::uint64_t sequence, const std::string& key, const std::string& collection,
           const std::string& item) {
  model::Record record = numbered(made_record(key, collection, item), sequence);
  cache.apply({&record, 1}, false);
}

std::string shown(const Items& items) {
  std::string out;
  for (const cfp::Record& record : items) {
    out += std::string(record.item_name()) + ":" + std::to_string(record.version()) + ":" +
           std::to_string(record.sequence()) + " ";
  }
  return out;
}

std::string shown(const std::optional<Collections>& collections) {
  if (!collections) return "nothing";
  std::string out;
  for (const Collection& collection : *collections) out += collection.name + "{ " + shown(collection.items) + "} ";
  return out;
}

// Both Items and Collections live in cfp; this one is named after what it shows.
using cfp::Collection;

TEST(Cache, ShowsWhatTheTableHasAndWhatWasStoredSince) {
  Table table;
  table.add("k", "c", "a", 3, 9, 1);
  table.add("k", "c", "b", 1, 2, 2);
  Cache cache(table.loader());
  store(cache, 10, "k", "c", "b");
  store(cache, 11, "k", "c", "n");
  EXPECT_EQ(shown(*cache.get_collection("k", "c")), "a:3:9 b:2:10 n:1:11 ");
  EXPECT_EQ(cache.get_item("k", "c", "b")->version(), 2U);
  EXPECT_FALSE(cache.get_item("k", "c", "x"));
  EXPECT_EQ(table.asked, std::vector<std::string>{"k/c"});
}

TEST(Cache, AsksTheTableOnceForEachName) {
  Table table;
  table.add("k", "c", "a", 1, 1, 1);
  Cache cache(table.loader());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(cache.get_item("k", "c", "a"));
    EXPECT_FALSE(cache.get_item("k", "other", "a"));
    EXPECT_FALSE(cache.get_collection("missing", "c"));
    EXPECT_FALSE(cache.get_key("missing as a whole"));
    EXPECT_TRUE(cache.get_key("k"));
  }
  EXPECT_EQ(table.asked, (std::vector<std::string>{"k/c", "k/other", "missing/c", "missing as a whole", "k"}));
}

TEST(Cache, KnowsAllCollectionsOfAKeyThatWasReadAsAWhole) {
  Table table;
  table.add("k", "c", "a", 1, 1, 1);
  Cache cache(table.loader());
  EXPECT_TRUE(cache.get_key("k"));
  EXPECT_FALSE(cache.get_collection("k", "d"));
  store(cache, 2, "k", "d", "x");
  EXPECT_EQ(shown(*cache.get_collection("k", "d")), "x:1:2 ");
  EXPECT_EQ(table.asked.size(), 1U);
}

TEST(Cache, LeavesNoVisibleTraceOfAMiss) {
  Table table;
  Cache cache(table.loader());
  EXPECT_FALSE(cache.get_item("k", "c", "i"));
  EXPECT_FALSE(cache.get_collection("k", "c"));
  EXPECT_FALSE(cache.get_key("k"));
  EXPECT_EQ(cache.keys(), 0U);
  EXPECT_GT(cache.misses(), 0U);
}

TEST(Cache, ForgetsAMissAtTheFirstStoreOfThatName) {
  Table table;
  Cache cache(table.loader());
  EXPECT_FALSE(cache.get_collection("k", "c"));
  EXPECT_FALSE(cache.get_key("key"));
  store(cache, 1, "k", "c", "i");
  store(cache, 2, "key", "c", "i");
  EXPECT_EQ(cache.misses(), 0U);
  EXPECT_EQ(shown(*cache.get_collection("k", "c")), "i:1:1 ");
  EXPECT_EQ(shown(cache.get_key("key")), "c{ i:1:2 } ");
  EXPECT_EQ(table.asked.size(), 2U);  // that there was no row is known still
}

TEST(Cache, RemembersABoundedNumberOfMisses) {
  Table table;
  Cache cache(table.loader());
  for (int i = 0; i < 100'000; ++i) EXPECT_FALSE(cache.get_item("key" + std::to_string(i), "c", "i"));
  EXPECT_LE(cache.misses(), 65'536U);
  EXPECT_GT(cache.misses(), 0U);
  EXPECT_EQ(cache.keys(), 0U);
}

TEST(Cache, ShowsTheCollectionsOfAKeyInTheOrderOfTheirFirstStore) {
  Table table;
  table.add("k", "zebra", "a", 1, 1, 1);
  table.add("k", "middle", "a", 1, 5, 5);
  Cache cache(table.loader());
  store(cache, 7, "k", "apple", "x");
  store(cache, 8, "k", "zebra", "b");
  EXPECT_EQ(shown(cache.get_key("k")), "zebra{ a:1:1 b:1:8 } middle{ a:1:5 } apple{ x:1:7 } ");
}

TEST(Cache, ShowsNothingOfAKeyWhoseItemsAreAllDeleted) {
  Table table;
  table.add("k", "c", "a", 1, 1, 1);
  Cache cache(table.loader());
  ASSERT_TRUE(cache.get_key("k"));
  model::Record erase = numbered(made_erase("k", "c", "a"), 2);
  cache.apply({&erase, 1}, false);
  EXPECT_EQ(erase.link.step, 2U);
  EXPECT_FALSE(cache.get_key("k"));
  EXPECT_FALSE(cache.get_collection("k", "c"));
  EXPECT_FALSE(cache.get_item("k", "c", "a"));
}

TEST(Cache, TellsNamesApartThatLookAlikeWhenJoined) {
  Table table;
  Cache cache(table.loader());
  store(cache, 1, "a", "b", "");
  store(cache, 2, "ab", "", "");
  store(cache, 3, "", "ab", "");
  EXPECT_EQ(shown(cache.get_key("a")), "b{ :1:1 } ");
  EXPECT_EQ(shown(cache.get_key("ab")), "{ :1:2 } ");
  EXPECT_EQ(shown(cache.get_key("")), "ab{ :1:3 } ");
  EXPECT_FALSE(cache.get_collection("a", ""));
  EXPECT_EQ(cache.keys(), 3U);
}

TEST(Cache, DropsWhatTheTableHasOnlyFromOverlays) {
  Table table;
  Cache cache(table.loader());
  const model::Record unread = numbered(made_record("unread", "c", "i"), 1);
  const model::Record read = numbered(made_record("read", "c", "i"), 2);
  for (model::Record record : {unread, read}) cache.apply({&record, 1}, false);
  EXPECT_TRUE(cache.get_collection("read", "c"));
  EXPECT_EQ(cache.keys(), 2U);
  cache.forget({&unread, 1});
  cache.forget({&read, 1});
  EXPECT_EQ(cache.keys(), 1U);
  table.add("unread", "c", "i", 1, 1, 1);
  EXPECT_EQ(shown(*cache.get_collection("unread", "c")), "i:1:1 ");
  EXPECT_EQ(shown(*cache.get_collection("read", "c")), "i:1:2 ");
}

TEST(Cache, NamesTheKeysThatItCountsEachOnce) {
  Table table;
  Cache cache(table.loader());
  EXPECT_EQ(cache.key_names(), std::vector<std::string>());
  std::vector<std::string> stored;
  for (std::uint64_t n = 1; n <= 200; ++n) store(cache, n, stored.emplace_back("key" + std::to_string(n)), "c", "i");
  EXPECT_FALSE(cache.get_key("missing"));
  auto names = cache.key_names();
  EXPECT_EQ(names, cache.key_names());
  EXPECT_EQ(names.size(), cache.keys());
  std::sort(names.begin(), names.end());
  std::sort(stored.begin(), stored.end());
  EXPECT_EQ(names, stored);
}

TEST(Cache, HandsOutCopiesThatStayAsTheyWere) {
  Table table;
  Cache cache(table.loader());
  store(cache, 1, "k", "c", "a");
  const auto collection = cache.get_collection("k", "c");
  const auto key = cache.get_key("k");
  const auto item = cache.get_item("k", "c", "a");
  store(cache, 2, "k", "c", "a");
  store(cache, 3, "k", "c", "b");
  model::Record erase = numbered(made_erase("k", "c", "a"), 4);
  cache.apply({&erase, 1}, false);
  EXPECT_EQ(shown(*collection), "a:1:1 ");
  EXPECT_EQ(shown(key), "c{ a:1:1 } ");
  EXPECT_EQ(item->sequence(), 1U);
}

TEST(Cache, AppliesABatchAsOneForTheReadersOfAKey) {
  Table table;
  Cache cache(table.loader());
  store(cache, 1, "k", "c", "a");
  ASSERT_TRUE(cache.get_key("k"));
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const auto items = cache.get_collection("k", "c");
      std::uint32_t version = 0;
      for (const cfp::Record& record : *items) {
        if (version == 0) version = record.version();
        EXPECT_EQ(record.version(), version);
      }
    }
  });
  std::uint64_t sequence = 1;
  const auto batch = [&] {
    std::vector<model::Record> records;
    for (const char* item : {"a", "b", "c"}) records.push_back(numbered(made_record("k", "c", item), ++sequence));
    records.push_back(numbered(made_record("another key", "c", "i"), ++sequence));
    return records;
  };
  std::vector<model::Record> first = {numbered(made_record("k", "c", "b"), ++sequence),
                                      numbered(made_record("k", "c", "c"), ++sequence)};
  cache.apply(first, true);
  for (int i = 0; i < 2000; ++i) {
    auto records = batch();
    cache.apply(records, true);
  }
  stop = true;
  reader.join();
  EXPECT_EQ(cache.get_item("k", "c", "c")->version(), 2001U);
}

}  // namespace
}  // namespace cfp::cache
