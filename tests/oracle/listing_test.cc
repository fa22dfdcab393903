// Listing keys, collections and items through the public calls, on the real tables: what is there now and what was at
// any earlier moment, wherever flushes, closes and kills have put the records.

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "oracle/opened_store.h"
#include "oracle/past_model.h"
#include "support/effort.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {
namespace {

using Change = PastModel::Change;

constexpr std::array kListedKeys = {"", "a", "aa", "ab", "b", "\xC3\xA4", "\xF0\x9F\x8E\xB2"};
constexpr std::array kListedCollections = {"", "c", "cc"};
constexpr std::array kListedItems = {"", "i", "ij", "\xC3\xA4"};

/// What there was at a sequence.
std::map<PastName, Change> live_at(const PastModel& model, std::uint64_t sequence) {
  std::map<PastName, Change> live;
  const std::uint64_t last = std::min(model.settled(sequence), model.last_sequence());
  for (std::uint64_t i = 1; i <= last; ++i) {
    const Change* const change = model.find(i);
    if (change == nullptr) continue;
    change->deletes ? void(live.erase(change->name)) : void(live[change->name] = *change);
  }
  return live;
}

/// The page that a query asks for, of all names.
template <class Names>
std::vector<std::string> page_of(const Names& names, const ListQuery& query) {
  std::vector<std::string> page;
  for (const auto& [name, change] : names) {
    const bool in_range = (!query.after || name > *query.after) && (!query.before || name < *query.before);
    if (in_range && name.starts_with(query.prefix)) page.push_back(name);
  }
  if (query.descending) std::ranges::reverse(page);
  if (page.size() > static_cast<std::size_t>(query.limit)) page.resize(static_cast<std::size_t>(query.limit));
  return page;
}

template <class Inner>
Inner within(const std::map<std::string, Inner>& all, const std::string& name) {
  const auto at = all.find(name);
  return at == all.end() ? Inner() : at->second;
}

/// One random life of a store beside its model.
class ListingLife : public ::testing::Test {
 protected:
  void live(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    choice_ = support::SeededChoice(seed);
    model_ = {};
    path_ = directory_.path() / ("life" + std::to_string(seed));
    store_.emplace(kDay, calm_config(path_));
    for (int step = 0; step < 150 && !HasFailure(); ++step) {
      act();
      if (step % 10 == 9) check(*store_);
    }
    const fs::path copy = path_.string() + " as read";
    copy_as_killed(path_, copy);
    CollectionConfig config = calm_config(copy);
    config.read_only = true;
    CollectionFastPersist reader(kDay, config);
    check(reader);
    store_.reset();
  }

 private:
  template <std::size_t N>
  std::string any_of(const std::array<const char*, N>& names) {
    return names[choice_.below(N)];
  }
  void act() {
    const std::uint64_t kind = choice_.below(40);
    if (kind == 0) return reopen();
    if (kind == 1) return store_->flush_data_to_duckdb();
    if (kind == 2) return static_cast<void>(store_->rebuild_latest_from_history());
    if (kind == 3) return static_cast<void>(store_->latest_conn().execute("SELECT 1 FROM storage_latest").fetchall());
    if (kind == 4) return delete_key(any_of(kListedKeys));
    change(kind < 30 ? 1 : 2 + choice_.below(8));
  }
  void reopen() {
    if (choice_.coin()) {
      const fs::path to = path_.string() + "'";
      copy_as_killed(path_, to);
      store_.reset();
      path_ = to;
    } else {
      store_->close();
      store_.reset();
    }
    store_.emplace(kDay, calm_config(path_));
  }
  void change(std::size_t count) {
    Batch batch;
    std::map<PastName, bool> seen;
    std::vector<Change> changes;
    while (batch.size() < count) {
      const PastName name{any_of(kListedKeys), any_of(kListedCollections), any_of(kListedItems)};
      Change change{.name = name, .deletes = choice_.below(3) == 0, .value = ++value_, .username = {}};
      const bool is_there = seen.contains(name) ? seen[name] : model_.has(name);
      if (change.deletes) {
        batch.delete_item(name.key, name.collection_name, name.item_name);
        if (!is_there) continue;
      } else {
        batch.store(name.key, Data(), name.item_name, name.collection_name, change.value);
      }
      seen[name] = !change.deletes;
      changes.push_back(change);
    }
    const BatchResult result = store_->commit(batch);
    if (!changes.empty()) model_.add(changes, result.last_sequence, changes.size() > 1);
  }
  void delete_key(const std::string& key) {
    std::vector<Change> changes;
    for (const auto& [name, was] : live_at(model_, model_.last_sequence())) {
      if (name.key == key) changes.push_back({.name = name, .deletes = true, .username = {}});
    }
    EXPECT_EQ(store_->delete_key(key), changes.size());
    if (!changes.empty()) model_.add(changes, store_->get_stats().last_sequence, changes.size() > 1);
  }

  template <std::size_t N>
  ListQuery any_query(const std::array<const char*, N>& names) {
    ListQuery query;
    if (choice_.below(3) == 0) query.prefix = any_of(names);
    if (choice_.below(3) == 0) query.after = any_of(names);
    if (choice_.below(3) == 0) query.before = any_of(names);
    query.descending = choice_.coin();
    query.limit = static_cast<std::int64_t>(1 + choice_.below(choice_.coin() ? 3 : 1000));
    return query;
  }

  /// `from` is the store or a view of it; `live` what it has.
  template <class From>
  void check_names(From& from, const std::map<PastName, Change>& live) {
    using InCollection = std::map<std::string, Change>;
    std::map<std::string, std::map<std::string, InCollection>> tree;
    for (const auto& [name, change] : live) tree[name.key][name.collection_name][name.item_name] = change;
    for (int i = 0; i < 6; ++i) {
      const ListQuery query = any_query(kListedKeys);
      EXPECT_EQ(from.keys(query), page_of(tree, query));
      const std::string key = any_of(kListedKeys), collection = any_of(kListedCollections);
      const ListQuery of_key = any_query(kListedCollections);
      EXPECT_EQ(from.collections(key, of_key), page_of(within(tree, key), of_key));
      const ListQuery of_items = any_query(kListedItems);
      const InCollection items = within(within(tree, key), collection);
      std::vector<std::string> names;
      for (const Record& record : from.items(key, collection, of_items)) {
        names.push_back(std::string(record.item_name()));
        ASSERT_TRUE(items.contains(std::string(record.item_name())));
        const Change& wanted = items.at(std::string(record.item_name()));
        EXPECT_EQ(record.sequence(), wanted.sequence);
        EXPECT_EQ(record.version(), wanted.version);
        EXPECT_EQ(record.value(), Value(wanted.value));
      }
      EXPECT_EQ(names, page_of(items, of_items));
    }
  }
  void check(CollectionFastPersist& store) {
    check_names(store, live_at(model_, model_.last_sequence()));
    const std::uint64_t sequence = choice_.below(model_.last_sequence() + 3);
    SCOPED_TRACE("as of " + std::to_string(sequence));
    const PastView view = store.as_of(AsOf(sequence));
    EXPECT_EQ(view.sequence(), std::min(model_.settled(sequence), model_.last_sequence()));
    check_names(view, live_at(model_, sequence));
  }

  const support::TemporaryDirectory directory_;
  fs::path path_;
  std::optional<CollectionFastPersist> store_;
  support::SeededChoice choice_{0};
  PastModel model_;
  std::int64_t value_ = 0;
};

TEST_F(ListingLife, AgreesWithTheListOfAllChangesNowAndAtEveryMoment) {
  const std::size_t lives = support::at_effort({.ci = 2, .proof = 12, .soak = 6000});
  for (std::uint64_t seed = 1; seed <= lives && !HasFailure(); ++seed) live(seed);
  support::report_count("lives that were listed", lives);
}

class NameListing : public ::testing::Test {
 protected:
  void put(const std::string& key, const std::string& item = "i") { store_.store(key, Data(), item, "c", 1); }

  const support::TemporaryDirectory directory_;
  CollectionFastPersist store_{kDay, calm_config(directory_.path() / "store")};
};

/// What is there all the time is in every listing, whichever side of a flush it is on.
TEST_F(NameListing, MissesNothingAndDoublesNothingBesideFlushesAndSorting) {
  for (int i = 0; i < 40; ++i) put("old" + std::to_string(100 + i));
  std::atomic<bool> is_done{false};
  const std::jthread writer([&] {
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i < 20; ++i) put("old" + std::to_string(100 + i * 2));
      store_.delete_key("gone");
      put("gone");
      if (round % 3 == 0) static_cast<void>(store_.latest_conn().execute("SELECT 1 FROM storage_latest").fetchall());
      if (round % 5 == 4) store_.rebuild_latest_from_history();
    }
    is_done = true;
  });
  while (!is_done && !HasFailure()) {
    ListQuery query;
    query.limit = 7;
    query.prefix = "old";
    std::vector<std::string> all;
    for (auto page = store_.keys(query); !page.empty(); page = store_.keys(query)) {
      all.insert(all.end(), page.begin(), page.end());
      query.after = page.back();
    }
    ASSERT_EQ(all.size(), 40U);
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], "old" + std::to_string(100 + i));
  }
}

/// Rows of the table that memory knows to be gone make room for the next ones, which begin behind the last one taken.
TEST_F(NameListing, APageGoesOnBehindWhatWasDeletedSince) {
  for (const char* const name : {"a", "b", "c", "d"}) put(name), put("k", name);
  static_cast<void>(store_.latest_conn().execute("SELECT 1 FROM storage_latest").fetchall());
  for (const char* const name : {"a", "d"}) store_.delete_key(name), store_.delete_item("k", "c", name);
  ListQuery query;
  query.limit = 2;
  query.before = "k";
  EXPECT_EQ(store_.keys(query), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(store_.as_of(AsOf(99)).keys(query), (std::vector<std::string>{"b", "c"}));
  std::string items;
  for (const Record& item : store_.items("k", "c", query)) items += item.item_name();
  EXPECT_EQ(items, "bc");
  query.descending = true;
  EXPECT_EQ(store_.keys(query), (std::vector<std::string>{"c", "b"}));
}

/// A reader that has seen an item finds it in a listing, at once.
TEST_F(NameListing, HasWhatAReaderHasSeen) {
  std::atomic<int> stored{0};
  std::atomic<bool> is_done{false};
  const std::jthread writer([&] {
    for (int i = 0; i < 400; ++i) {
      stored = i;
      put("k" + std::to_string(i));
    }
    is_done = true;
  });
  int seen = 0;
  while (!is_done && !HasFailure()) {
    const std::string key = "k" + std::to_string(stored.load());
    if (!store_.get_item(key, "c", "i")) continue;
    ++seen;
    ListQuery query;
    query.prefix = key;
    query.limit = 1;
    EXPECT_EQ(store_.keys(query), std::vector{key});
    EXPECT_EQ(store_.collections(key), std::vector<std::string>{"c"});
    EXPECT_EQ(store_.items(key, "c").size(), 1U);
  }
  EXPECT_GT(seen, 0);
}

TEST_F(NameListing, LoadsNothingIntoMemory) {
  for (int i = 0; i < 30; ++i) put("k" + std::to_string(i));
  store_.delete_item("k7", "c", "i");
  store_.close();
  CollectionFastPersist again(kDay, calm_config(directory_.path() / "store"));
  EXPECT_EQ(again.keys().size(), 29U);
  EXPECT_EQ(again.items("k8", "c").size(), 1U);
  EXPECT_EQ(again.collections("k8"), std::vector<std::string>{"c"});
  EXPECT_EQ(again.get_stats().cache_size, 0U);
}

TEST_F(NameListing, AViewStaysWhatItIs) {
  put("a");
  const PastView view = store_.as_of(AsOf(Timestamp::parse("2999-01-01T00:00:00Z").value()));
  EXPECT_EQ(view.sequence(), 1U);
  put("b");
  store_.delete_key("a");
  EXPECT_EQ(view.keys(), std::vector<std::string>{"a"});
  EXPECT_TRUE(view.get_item("a", "c", "i"));
  EXPECT_TRUE(view.get_key("a", "c"));
  EXPECT_FALSE(view.get_key("b"));
  EXPECT_EQ(store_.keys(), std::vector<std::string>{"b"});
  EXPECT_TRUE(store_.as_of(AsOf(0)).keys().empty());
}

TEST_F(NameListing, RefusesALimitBelowOneAndTakesAnyNames) {
  ListQuery query;
  query.limit = 0;
  EXPECT_EQ(code_of([&] { static_cast<void>(store_.keys(query)); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { static_cast<void>(store_.items("k", "c", query)); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { static_cast<void>(store_.as_of(AsOf(0)).collections("k", query)); }),
            ErrorCode::invalid_argument);
  put("'; DROP TABLE storage_latest; --");
  put("%_\\");
  query.limit = 10;
  query.prefix = std::string("a\0b", 3);
  EXPECT_TRUE(store_.keys(query).empty());
  EXPECT_TRUE(store_.as_of(AsOf(2)).keys(query).empty());
  EXPECT_TRUE(store_.collections("\xFF", query).empty());
  EXPECT_TRUE(store_.items("k", "\xFF", query).empty());
  query.after = "\xFF\xFE";
  EXPECT_EQ(code_of([&] { static_cast<void>(store_.keys(query)); }), ErrorCode::invalid_argument);
  query = {};
  query.prefix = "%";
  EXPECT_EQ(store_.keys(query), std::vector<std::string>{"%_\\"});
  EXPECT_EQ(store_.collections("'; DROP TABLE storage_latest; --").size(), 1U);
  store_.close();
  EXPECT_EQ(code_of([&] { static_cast<void>(store_.keys()); }), ErrorCode::closed);
}

}  // namespace
}  // namespace cfp::oracle
