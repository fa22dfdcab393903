// Reading the past through the public calls, on the real tables: every version of every item, and what was there at
// every earlier moment, wherever flushes, closes and kills have put the records.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "crash/damaged_store.h"
#include "oracle/opened_store.h"
#include "oracle/past_model.h"
#include "support/effort.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {
namespace {

using I = std::int64_t;

class Past : public ::testing::Test {
 protected:
  void open() { store_.emplace(kDay, calm_config(path_)); }
  void reopen(bool as_killed) {
    if (as_killed) {
      const fs::path to = directory_.path() / std::to_string(++kills_);
      copy_as_killed(path_, to);
      store_.reset();
      path_ = to;
    } else {
      store_->close();
      store_.reset();
    }
    open();
  }
  std::uint64_t put(const std::string& item, I value, const std::optional<std::string_view>& username = {}) {
    return store_->store("k", Data().set("n", value), item, "c", value, {}, username);
  }

  const support::TemporaryDirectory directory_;
  fs::path path_ = directory_.path() / "store";
  int kills_ = 0;
  std::optional<CollectionFastPersist> store_;
};

/// One random life of a store beside its model.
class PastLife : public Past {
 protected:
  void live(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    choice_ = support::SeededChoice(seed);
    model_ = {};
    path_ = directory_.path() / ("life" + std::to_string(seed));
    open();
    for (int step = 0; step < 120 && !HasFailure(); ++step) {
      act();
      if (step % 8 == 7) check(*store_);
    }
    check_as_reader();
    store_.reset();
  }

 private:
  PastName name() {
    return {choice_.coin() ? "k" : "l", choice_.coin() ? "c" : "",
            std::string(1, static_cast<char>('a' + choice_.below(3)))};
  }
  void act() {
    const std::uint64_t kind = choice_.below(40);
    if (kind == 0) return reopen(choice_.coin());
    if (kind == 1) return store_->flush_data_to_duckdb();
    if (kind == 2) return static_cast<void>(store_->rebuild_latest_from_history());
    change(kind < 32 ? 1 : 2 + choice_.below(5));
  }
  void change(std::size_t count) {
    Batch batch;
    std::vector<PastModel::Change> changes;
    std::vector<PastName> gone;
    while (batch.size() < count) {
      PastModel::Change change{.name = name(), .deletes = choice_.below(4) == 0, .value = ++value_, .username = {}};
      const auto in_batch =
          std::find_if(changes.rbegin(), changes.rend(), [&](const auto& c) { return c.name == change.name; });
      const bool is_there = in_batch == changes.rend() ? model_.has(change.name) : !in_batch->deletes;
      if (choice_.coin()) change.username = choice_.coin() ? "ann" : "bob";
      const auto user = change.username.empty() ? std::nullopt : std::optional(change.username);
      const auto& [key, collection, item] = change.name;
      if (change.deletes) {
        batch.delete_item(key, collection, item, user);
        if (!is_there) continue;
      } else {
        batch.store(key, Data().set("n", change.value), item, collection, change.value, {}, user);
      }
      changes.push_back(change);
    }
    const BatchResult result = store_->commit(batch);
    if (!changes.empty()) model_.add(changes, result.last_sequence, changes.size() > 1);
  }
  void check(CollectionFastPersist& store) {
    for (const char* key : {"k", "l"}) {
      for (const char* collection : {"c", ""}) {
        for (const char* item : {"a", "b", "c"}) check_versions(store, {key, collection, item});
        for (int i = 0; i < 4; ++i) check_collection(store, key, collection);
      }
      check_key(store, key);
    }
  }
  void check_versions(CollectionFastPersist& store, const PastName& item) {
    const auto wanted = model_.of(item);
    const auto& [key, collection, name] = item;
    std::size_t seen = 0;
    HistoryQuery query;
    while (true) {
      query.limit = static_cast<I>(1 + choice_.below(12));
      const auto page = store.get_history(key, collection, name, query);
      for (const ItemVersion& version : page) {
        ASSERT_LT(seen, wanted.size()) << "a version that nobody made";
        expect_version(wanted[wanted.size() - ++seen], version);
      }
      if (page.size() < static_cast<std::size_t>(query.limit)) break;
      query.before_version = page.back().record.version();
    }
    EXPECT_EQ(seen, wanted.size()) << "versions are missing";
    const auto number = static_cast<std::uint32_t>(choice_.below(wanted.size() + 2));
    const auto one = store.get_version(key, collection, name, number);
    ASSERT_EQ(one.has_value(), number >= 1 && number <= wanted.size());
    if (one) expect_version(wanted[number - 1], *one);
    HistoryQuery by_user;
    by_user.username = "ann";
    EXPECT_EQ(store.get_history(key, collection, name, by_user).size(),
              static_cast<std::size_t>(std::ranges::count(wanted, "ann", &PastModel::Change::username)));
  }
  void check_collection(CollectionFastPersist& store, const std::string& key, const std::string& collection) {
    const std::uint64_t sequence = choice_.below(model_.last_sequence() + 3);
    const auto wanted = model_.collection_at(key, collection, sequence);
    SCOPED_TRACE("as of " + std::to_string(sequence));
    expect_items(wanted, store.get_key(key, collection, AsOf(sequence)));
    for (const char* item : {"a", "b", "c"}) {
      const auto read = store.get_item(key, collection, item, AsOf(sequence));
      const auto at = std::ranges::find_if(wanted, [&](const auto& c) { return c.name.item_name == item; });
      ASSERT_EQ(read.has_value(), at != wanted.end()) << item;
      if (read) {
        EXPECT_EQ(read->sequence(), at->sequence);
      }
    }
    const auto* const change = model_.find(sequence);
    if (change == nullptr) return;
    const auto version =
        store.get_version(change->name.key, change->name.collection_name, change->name.item_name, change->version);
    ASSERT_TRUE(version);
    // Of a batch all have one time, and others may share it: the last one counts.
    std::uint64_t last = sequence;
    for (const auto* next = model_.find(last + 1); next != nullptr; next = model_.find(last + 1)) {
      const auto other =
          store.get_version(next->name.key, next->name.collection_name, next->name.item_name, next->version);
      ASSERT_TRUE(other);
      if (other->record.updated_at().utc() > version->record.updated_at().utc()) break;
      ++last;
    }
    expect_items(model_.collection_at(key, collection, last),
                 store.get_key(key, collection, AsOf(version->record.updated_at())));
  }
  void check_key(CollectionFastPersist& store, const std::string& key) {
    const std::uint64_t sequence = choice_.below(model_.last_sequence() + 2);
    std::vector<std::pair<std::string, std::vector<PastModel::Change>>> wanted;
    for (const char* collection : {"c", ""}) {
      if (auto items = model_.collection_at(key, collection, sequence); !items.empty())
        wanted.emplace_back(collection, items);
    }
    const auto read = store.get_key(key, AsOf(sequence));
    ASSERT_EQ(read.has_value(), !wanted.empty());
    if (!read) return;
    ASSERT_EQ(read->size(), wanted.size());
    for (const Collections::value_type& collection : *read) {
      const auto at = std::ranges::find(wanted, collection.name, [](const auto& pair) { return pair.first; });
      ASSERT_NE(at, wanted.end());
      expect_items(at->second, collection.items);
    }
  }
  /// The same of what a kill leaves, opened for reading only.
  void check_as_reader() {
    const fs::path copy = directory_.path() / "read";
    fs::remove_all(copy);
    copy_as_killed(path_, copy);
    CollectionConfig config = calm_config(copy);
    config.read_only = true;
    CollectionFastPersist reader(kDay, config);
    check(reader);
    reader.close();
  }

  support::SeededChoice choice_{0};
  PastModel model_;
  I value_ = 0;
};

TEST_F(PastLife, AgreesWithTheListOfAllChanges) {
  const std::size_t lives = support::at_effort({.ci = 1, .proof = 10, .soak = 3000});
  for (std::uint64_t seed = 1; seed <= lives && !HasFailure(); ++seed) live(seed);
  support::report_count("lives with a past", lives);
}

/// Records go from memory to the table while they are read.
TEST_F(Past, IsWholeBesideStoresAndFlushes) {
  CollectionConfig config = calm_config(path_);
  config.duckdb_flush_interval_seconds = 0.02;
  config.latest_interval_seconds = 0.05;
  store_.emplace(kDay, config);
  constexpr I kStores = 3000;
  std::atomic<I> stored{0};
  const std::jthread writer([&] {
    for (I n = 1; n <= kStores; ++n) {
      put("a", n);
      stored = n;
    }
  });
  support::SeededChoice choice(7);
  while (stored < kStores && !HasFailure()) {
    const I known = stored;
    HistoryQuery query;
    query.limit = static_cast<I>(1 + choice.below(20));
    const auto found = store_->get_history("k", "c", "a", query);
    ASSERT_GE(found.size(), static_cast<std::size_t>(std::min(known, query.limit)));
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].record.version(), found.front().record.version() - i);
      EXPECT_EQ(found[i].record.value(), Value(I{found[i].record.version()}));
    }
    if (known == 0) continue;
    EXPECT_GE(found.front().record.version(), known);
    const auto sequence = 1 + choice.below(static_cast<std::uint64_t>(known));  // only "a" is stored
    const auto then = store_->get_item("k", "c", "a", AsOf(sequence));
    ASSERT_TRUE(then);
    EXPECT_EQ(then->version(), sequence);
    const auto items = store_->get_key("k", "c", AsOf(then->updated_at()));
    ASSERT_TRUE(items);
    EXPECT_GE((*items)[0].version(), sequence);
  }
}

/// A history that was made of latest has the last version of each item, which does not say what came before it.
TEST_F(Past, OfARepairedStoreIsWhatIsLeft) {
  CollectionConfig config = calm_config(path_);
  config.backup_on_close = false;
  store_.emplace(kDay, config);
  for (I n = 1; n <= 3; ++n) put("a", n);
  put("b", 4);
  store_->close();
  store_.reset();
  fs::remove(path_ / "storage_history.duckdb");
  fs::remove_all(path_ / kDay);
  RepairOptions options;
  options.dry_run = false;
  EXPECT_TRUE(repair(path_, options).opens);
  open();
  EXPECT_EQ(put("a", 5), 5U);
  for (int round = 0; round < 2; ++round) {
    const auto left = store_->get_history("k", "c", "a");
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].record.version(), 4U);
    EXPECT_EQ(left[1].record.version(), 3U);
    EXPECT_FALSE(store_->get_version("k", "c", "a", 2));
    EXPECT_EQ(store_->get_item("k", "c", "a", AsOf(4))->value(), Value(I{3}));
    EXPECT_FALSE(store_->get_item("k", "c", "a", AsOf(1)));
    EXPECT_EQ(store_->get_key("k", "c", AsOf(4))->size(), 2U);
    EXPECT_FALSE(store_->get_key("k", AsOf(1)));
    store_->flush_data_to_duckdb();
  }
}

/// Items of one name are as old in every key, so that neither name nor version tells whose row it is.
TEST_F(Past, IsNotLedToAnotherItemByAWrongLink) {
  CollectionConfig config = calm_config(path_);
  config.backup_on_close = false;
  store_.emplace(kDay, config);
  for (const char* key : {"mine", "theirs"}) {
    for (I n = 1; n <= 3; ++n) store_->store(key, Data(), "a", "c", Value(std::string(key)));
  }
  store_->close();
  store_.reset();
  crash::run_sql(path_ / "storage_history.duckdb", "UPDATE storage_history SET cfp_prev_seq = 5 WHERE cfp_seq = 3");
  open();
  const auto found = store_->get_history("mine", "c", "a");
  ASSERT_EQ(found.size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found[i].record.sequence(), 3 - i);
    EXPECT_EQ(found[i].record.value(), Value(std::string("mine")));
  }
  EXPECT_EQ(store_->get_version("mine", "c", "a", 2)->record.value(), Value(std::string("mine")));
  EXPECT_EQ(store_->get_item("mine", "c", "a", AsOf(2))->value(), Value(std::string("mine")));
}

TEST_F(Past, ComesInPagesByVersionTimeAndUser) {
  open();
  for (I n = 1; n <= 30; ++n) {
    put("a", n, n % 3 == 0 ? "ann" : "bob");
    if (n == 20) store_->flush_data_to_duckdb();
  }
  reopen(true);
  const auto all = store_->get_history("k", "c", "a");
  ASSERT_EQ(all.size(), 30U);
  EXPECT_EQ(all.front().record.version(), 30U);
  EXPECT_EQ(all.back().record.data_text().substr(0, 7), "{\"n\":1,");
  const auto versions = [&](const HistoryQuery& query) {
    std::vector<std::uint32_t> found;
    for (const ItemVersion& version : store_->get_history("k", "c", "a", query))
      found.push_back(version.record.version());
    return found;
  };
  HistoryQuery query;
  query.limit = 2;
  query.before_version = 15;
  EXPECT_EQ(versions(query), (std::vector<std::uint32_t>{14, 13}));
  query.username = "ann";
  EXPECT_EQ(versions(query), (std::vector<std::uint32_t>{12, 9}));
  query.before_version.reset();
  query.before = all[10].record.updated_at();  // version 20
  EXPECT_EQ(versions(query), (std::vector<std::uint32_t>{18, 15}));
  query.after = all[14].record.updated_at();  // version 16
  EXPECT_EQ(versions(query), (std::vector<std::uint32_t>{18}));
  query.before_version = 1;
  EXPECT_TRUE(versions(query).empty());
  EXPECT_TRUE(store_->get_history("k", "c", "b").empty());
  EXPECT_TRUE(store_->get_history(std::string("\0", 1), "c", "b").empty());
  for (const I limit : {I{0}, I{-1}}) {
    query.limit = limit;
    EXPECT_EQ(code_of([&] { versions(query); }), ErrorCode::invalid_argument);
  }
}

TEST_F(Past, TellsWhatAVersionChanged) {
  open();
  store_->store("k", Data().set("same", 1).set("color", "red").set("old", true), "a", "c", I{1}, "2025-01-01", "ann");
  store_->store("k", Data().set("color", "blue").set("new", "x").set("same", 1), "a", "c", 1.0, "2025-01-01", "ann");
  store_->delete_item("k", "c", "a", "bob");
  const VersionDiff diff = store_->diff("k", "c", "a", 1, 2);
  EXPECT_TRUE(diff.value_changed) << "1 and 1.0 are not the same";
  EXPECT_EQ(diff.fields,
            (std::vector<FieldChange>{
                {"color", "\"red\"", "\"blue\""}, {"old", "true", std::nullopt}, {"new", std::nullopt, "\"x\""}}));
  const VersionDiff back = store_->diff("k", "c", "a", 2, 1);
  EXPECT_EQ(back.fields.size(), 3U);
  const VersionDiff gone = store_->diff("k", "c", "a", 2, 3);
  EXPECT_TRUE(gone.after.deleted);
  EXPECT_EQ(gone.after.username, "bob");
  EXPECT_EQ(gone.fields.size(), 5U);  // timestamp and username are fields, too
  for (const FieldChange& field : gone.fields) EXPECT_FALSE(field.after) << field.name;
  EXPECT_TRUE(store_->diff("k", "c", "a", 1, 1).fields.empty());
  const auto missing = [&] { static_cast<void>(store_->diff("k", "c", "a", 1, 4)); };
  EXPECT_EQ(code_of(missing), ErrorCode::invalid_argument);
  EXPECT_NE(text_of(missing).find("version 4"), std::string::npos) << text_of(missing);
}

TEST_F(Past, IsWhatItWasInWhateverIsDoneLater) {
  open();
  put("a", 1), put("b", 2);
  const auto before = store_->get_item("k", "c", "b")->updated_at();
  store_->delete_key("k", "ann");
  for (const bool as_killed : {true, false}) {
    EXPECT_FALSE(store_->get_key("k"));
    const auto then = store_->get_key("k", AsOf(before));
    ASSERT_TRUE(then);
    EXPECT_EQ(then->front().items.size(), 2U);
    EXPECT_EQ(std::get<I>(store_->get_item("k", "c", "a", AsOf(before))->value()), 1);
    EXPECT_TRUE(store_->get_item("k", "c", "a", AsOf(3))) << "within the batch of deletes it is as before it";
    EXPECT_FALSE(store_->get_item("k", "c", "a", AsOf(4)));
    reopen(as_killed);
  }
}

}  // namespace
}  // namespace cfp::oracle
