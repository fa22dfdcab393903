// What leaves a bounded cache, what stays, and that nobody can tell the difference.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cache/cache.h"
#include "support/effort.h"
#include "support/made_record.h"
#include "support/seeded_choice.h"

namespace cfp::cache {
namespace {

/// A cache with a latest table behind it that follows when it is told to, and what readers have to see.
class BoundedStore {
 public:
  explicit BoundedStore(std::uint64_t max_bytes)
      : cache([this](std::string_view key, std::optional<std::string_view> name) { return snapshot(key, name); },
              {max_bytes, [this] { return floor_; }}) {}

  model::Record put(const std::string& key, const std::string& collection, const std::string& item,
                    std::size_t data_bytes = 2) {
    model::Record record =
        support::numbered(support::made_record(key, collection, item, {}, std::string(data_bytes, ' ')), ++sequence_);
    return apply(std::move(record), true);
  }
  model::Record erase(const std::string& key, const std::string& collection, const std::string& item) {
    return apply(support::numbered(support::made_erase(key, collection, item), ++sequence_), false);
  }
  /// The latest table follows, and says so.
  void update() {
    for (const model::Record& record : unflushed_) {
      const Names names{record.key(), record.collection_name(), record.state->item_name()};
      if (record.link.base) record.link.base->resolve(bases_[names]);  // as the flush before
      table_[names] = last_[names];
      bases_[names] = {last_[names].version, last_[names].state->sequence};
    }
    floor_ = sequence_;
    cache.forget(std::exchange(unflushed_, {}));
  }
  void fill(const std::string& prefix, int keys) {
    for (int i = 0; i < keys; ++i) put(prefix + std::to_string(i), "c", "i");
    update();
  }
  /// What is wrong with what readers see of a key; empty when nothing is.
  std::string fault(const std::string& key) {
    std::map<std::string, std::vector<Last>> expected;
    for (const auto& [names, last] : last_) {
      if (std::get<0>(names) == key && last.first_sequence != 0) expected[std::get<1>(names)].push_back(last);
    }
    const auto read = cache.get_key(key);
    if (!read) return expected.empty() ? "" : key + " is missing";
    if (read->size() != expected.size()) return key + " has " + std::to_string(read->size()) + " collections";
    std::uint64_t first_of_collection = 0;
    for (const auto& [name, items] : *read) {
      std::vector<Last>& wanted = expected[name];
      std::sort(wanted.begin(), wanted.end(),
                [](const Last& a, const Last& b) { return a.first_sequence < b.first_sequence; });
      if (items.size() != wanted.size()) return name + " has " + std::to_string(items.size()) + " items";
      if (std::exchange(first_of_collection, wanted.front().first_sequence) > wanted.front().first_sequence)
        return name + " is out of order";
      auto at = wanted.begin();
      for (const cfp::Record& record : items) {
        const Last& last = *at++;
        if (record.sequence() != last.state->sequence || record.version() != last.version)
          return name + "/" + std::string(record.item_name()) + " is version " + std::to_string(record.version());
      }
    }
    return "";
  }
  [[nodiscard]] std::uint32_t version_of(const std::string& key, const std::string& collection,
                                         const std::string& item) {
    return last_[{key, collection, item}].version;
  }

  std::function<void()> while_loading;
  std::vector<std::string> loaded;  ///< What was asked of the table.
  Cache cache;

 private:
  using Names = std::tuple<std::string, std::string, std::string>;
  struct Last {
    base::Counted<model::ItemState> state;
    std::uint32_t version = 0;
    std::uint64_t first_sequence = 0;
  };

  model::Record apply(model::Record record, bool is_store) {
    Last& last = last_[{std::string(record.key()), std::string(record.collection_name()),
                        std::string(record.state->item_name())}];
    ++last.version;
    last.state = record.state;
    last.first_sequence = !is_store ? 0 : last.first_sequence == 0 ? sequence_ : last.first_sequence;
    cache.apply({&record, 1}, false);
    unflushed_.push_back(record);
    return record;
  }
  Snapshot snapshot(std::string_view key, std::optional<std::string_view> collection) {
    loaded.emplace_back(key);
    std::map<std::string, model::LoadedCollection> found;
    for (const auto& [names, last] : table_) {
      const auto& [of_key, of_collection, item] = names;
      if (of_key != key || (collection && of_collection != *collection)) continue;
      found[of_collection].name = of_collection;
      found[of_collection].items.push_back(
          {item,
           last.first_sequence == 0 ? nullptr : model::ItemState::make(last.state->content()),
           {last.version, last.state->sequence},
           last.first_sequence});
    }
    if (while_loading) std::exchange(while_loading, {})();
    Snapshot snapshot;
    for (auto& [name, rows] : found) snapshot.collections.push_back(std::move(rows));
    return snapshot;
  }

  std::uint64_t sequence_ = 0, floor_ = 0;
  std::map<Names, Last> last_, table_;
  std::map<Names, model::VersionBase> bases_;
  std::vector<model::Record> unflushed_;
};

constexpr std::uint64_t kEnough = 1 << 20;

bool is_in_memory(const BoundedStore& store, const std::string& key) {
  return store.cache.peek_item(key, "c", "i").has_value();
}

TEST(Eviction, KeepsTheBoundAndWhatIsUsed) {
  BoundedStore store(kEnough);
  store.fill("k", 20'000);
  EXPECT_LE(store.cache.bytes(), kEnough);
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(store.cache.get_item("k" + std::to_string(i), "c", "i"));
    ASSERT_TRUE(store.cache.get_item("k7", "c", "i"));
    ASSERT_LE(store.cache.bytes(), kEnough);
  }
  EXPECT_EQ(std::count(store.loaded.begin(), store.loaded.end(), "k7"), 1);
  EXPECT_GT(store.cache.evicted(), 10'000U);
  EXPECT_GT(store.cache.bytes(), kEnough / 2);
  EXPECT_TRUE(is_in_memory(store, "k19999"));
  EXPECT_FALSE(is_in_memory(store, "k8"));
}

TEST(Eviction, DoesNothingWithoutABound) {
  BoundedStore store(UINT64_MAX);
  store.fill("k", 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(store.fault("k" + std::to_string(i)), "");
  EXPECT_EQ(store.cache.evicted(), 0U);
  EXPECT_EQ(store.cache.keys(), 100U);
  EXPECT_EQ(store.cache.hold("k1"), nullptr);
  EXPECT_GT(store.cache.bytes(), 100 * sizeof(model::ItemState));
}

TEST(Eviction, KeepsWhatTheLatestTableLacks) {
  BoundedStore store(0);
  store.fill("k", 3);
  auto held = store.cache.hold("k1");
  ASSERT_TRUE(store.cache.get_key("k1"));
  store.put("k1", "c", "i");
  store.put("k1", "c", "new");
  store.erase("k1", "d", "gone");
  held = nullptr;
  EXPECT_EQ(store.fault("k2"), "");  // a load, after which room is made
  EXPECT_FALSE(store.cache.peek_key("k1"));
  const auto found = store.cache.peek_item("k1", "c", "i");
  EXPECT_TRUE(found && *found && (*found)->version() == 2);
  EXPECT_EQ(store.fault("k1"), "");
  store.update();
  EXPECT_EQ(store.cache.keys(), 0U);
  EXPECT_EQ(store.fault("k1"), "");
}

TEST(Eviction, WhatHasLeftCountsOnWhenItComesBack) {
  BoundedStore store(0);
  store.put("k", "c", "a");
  store.put("k", "c", "a");
  store.put("k", "c", "b");
  store.erase("k", "c", "b");
  store.update();
  EXPECT_EQ(store.fault("k"), "");
  EXPECT_EQ(store.cache.keys(), 0U);
  // Without a load in between the flush finds out, with one the load.
  const model::Record later = store.put("k", "c", "a");
  store.put("k", "c", "b");
  store.update();
  EXPECT_EQ(later.link.base->get()->version + later.link.step, 3U);
  EXPECT_EQ(store.fault("k"), "");
  EXPECT_EQ(store.cache.get_item("k", "c", "b")->version(), 3U);
}

TEST(Eviction, IsDoneWhenRecordsComeWhenTheTableFollowsAndWhenSomethingWasLoaded) {
  BoundedStore store(0);
  store.fill("k", 1);
  EXPECT_EQ(store.cache.keys(), 0U);
  ASSERT_TRUE(store.cache.get_item("k0", "c", "i"));
  EXPECT_EQ(store.cache.keys(), 0U);
  auto held = store.cache.hold("k0");
  ASSERT_TRUE(store.cache.get_item("k0", "c", "i"));
  EXPECT_TRUE(is_in_memory(store, "k0"));
  held = nullptr;
  EXPECT_FALSE(is_in_memory(store, "k0"));
}

TEST(Eviction, LetsRecordsThatComeTakeTheRoomOfWhatIsNotUsed) {
  BoundedStore store(kEnough);
  store.fill("k", 1000);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(store.cache.get_item("k" + std::to_string(i), "c", "i"));
  for (int i = 0; i < 500; ++i) store.put("new" + std::to_string(i), "c", "i", 1024);
  EXPECT_LE(store.cache.bytes(), kEnough);
  EXPECT_GT(store.cache.evicted(), 100U);
  // More than the bound that the table lacks: that stays, and goes once the table has it.
  for (int i = 0; i < 2000; ++i) store.put("new" + std::to_string(i), "c", "i", 1024);
  EXPECT_GT(store.cache.bytes(), kEnough * 2);
  EXPECT_EQ(store.cache.keys(), 2000U);
  store.update();
  EXPECT_LE(store.cache.bytes(), kEnough);
}

TEST(Eviction, AKeyOfWhichSomethingLeftIsNoLongerKnownWhole) {
  BoundedStore store(0);
  for (const char* name : {"z", "a", "m"}) store.put("k", name, "i");
  store.update();
  EXPECT_EQ(store.fault("k"), "");
  store.put("k", "new", "i");
  EXPECT_FALSE(store.cache.peek_key("k"));
  EXPECT_FALSE(store.cache.peek_collection("k", "nothing"));
  EXPECT_EQ(store.fault("k"), "");
  EXPECT_FALSE(store.cache.get_collection("k", "nothing"));
}

TEST(Eviction, ACollectionLargerThanTheBoundIsReadAndChangedAsAnyOther) {
  BoundedStore store(kEnough);
  for (int i = 0; i < 10'000; ++i) store.put("k", "c", std::to_string(i), 300);
  store.update();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(store.fault("k"), "");
    EXPECT_LE(store.cache.bytes(), kEnough);
    store.put("k", "c", "77");
    store.erase("k", "c", "78");
    EXPECT_EQ(store.cache.get_item("k", "c", "77")->version(), store.version_of("k", "c", "77"));
    EXPECT_FALSE(store.cache.get_item("k", "c", "78"));
    EXPECT_EQ(store.cache.get_collection("k", "c")->size(), 9999U);
    if (round == 1) store.update();
  }
}

TEST(Eviction, NothingOfAKeyLeavesWhileMoreOfItIsLoaded) {
  BoundedStore store(0);
  store.fill("k", 2);
  store.put("k0", "d", "i");
  store.update();
  auto held = store.cache.hold("k0");
  ASSERT_TRUE(store.cache.get_collection("k0", "d"));
  store.while_loading = [&] {
    held = nullptr;
    EXPECT_EQ(store.fault("k1"), "");
    EXPECT_TRUE(store.cache.peek_collection("k0", "d"));
    EXPECT_FALSE(is_in_memory(store, "k1"));
  };
  ASSERT_TRUE(store.cache.get_item("k0", "c", "i"));
  EXPECT_FALSE(store.cache.peek_collection("k0", "d"));
}

TEST(Eviction, ForgetsMissesAsWell) {
  BoundedStore store(kEnough / 8);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(store.cache.get_item("gone" + std::to_string(i), "c", "i"));
    ASSERT_LE(store.cache.bytes(), kEnough / 8);
  }
  EXPECT_GT(store.cache.misses(), 100U);
  BoundedStore none(0);
  EXPECT_FALSE(none.cache.get_key("gone"));
  EXPECT_EQ(none.cache.misses(), 0U);
}

TEST(Eviction, CountsEveryByteThatComesAndGoes) {
  BoundedStore store(0);
  const std::uint64_t empty = store.cache.bytes();
  store.fill("k", 10);
  const std::uint64_t slots = store.cache.bytes();  // which tables keep
  EXPECT_LE(slots, empty + 64 * 2 * 16 * 24);
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 10; ++i) store.put("k" + std::to_string(i), "c", "i", 100 * static_cast<std::size_t>(round));
    store.erase("k3", "c", "i");
    EXPECT_GE(store.cache.bytes(), slots + 10 * sizeof(model::ItemState));
    store.update();
    EXPECT_EQ(store.cache.bytes(), slots);
  }
}

TEST(Eviction, NobodySeesItWhateverIsDone) {
  const std::size_t histories = support::at_effort({.ci = 300, .proof = 10'000, .soak = 1'000'000});
  for (std::size_t seed = 1; seed <= histories; ++seed) {
    support::SeededChoice choice(seed);
    BoundedStore store(choice.below(4) * 4000);
    const auto key = [&] { return "k" + std::to_string(choice.below(3)); };
    const auto collection = [&] { return "c" + std::to_string(choice.below(3)); };
    const auto item = [&] { return "i" + std::to_string(choice.below(4)); };
    std::shared_ptr<const void> held;
    for (int step = 0; step < 120; ++step) {
      const std::uint64_t kind = choice.below(10);
      const std::string of = key();
      if (kind < 3) store.put(of, collection(), item(), choice.below(600));
      if (kind == 3) store.erase(of, collection(), item());
      if (kind == 4) store.update();
      if (kind == 5) held = choice.coin() ? store.cache.hold(of) : nullptr;
      if (kind == 6) static_cast<void>(store.cache.get_collection(of, collection()));
      if (kind == 7) static_cast<void>(store.cache.last_record(of, collection(), item()));
      if (kind > 7) {
        const std::string fault = store.fault(of);
        ASSERT_EQ(fault, "") << "seed " << seed << ", step " << step;
      }
    }
  }
  support::report_count("histories of a bounded cache", histories);
}

}  // namespace
}  // namespace cfp::cache
