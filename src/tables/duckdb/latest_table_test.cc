#include "tables/duckdb/latest_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/hash.h"
#include "cfp/error.h"
#include "tables/duckdb/instance.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

using Latest = TablesTest;
using Strings = std::vector<std::string>;

TEST_F(Latest, LoadsWhatWasAppliedAndNothingElse) {
  const auto a = make_record({"k", "c", "a"}, 1, std::int64_t{5}, R"({"x":1})"), b = make_record({"k", "c", "b"}, 2),
             other = make_record({"k", "d", "a"}, 3), stranger = make_record({"l", "c", "a"}, 4);
  {
    const auto latest = open_latest();
    latest->apply(std::vector{change_of(a, 1), change_of(b, 1), change_of(other, 1), change_of(stranger, 1)}, 7);
  }
  const auto latest = open_latest();
  EXPECT_EQ(latest->meta(), (Meta{1, kStoreId, 7, 4, 1, 4, 1 ^ 2 ^ 3 ^ 4}));
  EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"a=1@1", "b=1@2"}));
  EXPECT_EQ(latest->load("k", std::nullopt).size(), 2U);
  EXPECT_TRUE(latest->load("k", "nothing").empty());
  EXPECT_TRUE(latest->load("", std::nullopt).empty());
  const auto loaded = latest->load("k", "c");
  const auto& item = loaded[0].items[0].item_name == "a" ? loaded[0].items[0] : loaded[0].items[1];
  EXPECT_EQ(item.state->value(), model::ValueView(std::int64_t{5}));
  EXPECT_EQ(item.state->data(), R"({"x":1})");
  EXPECT_EQ(item.state->timestamp(), a.state->timestamp());
  EXPECT_EQ(item.state->updated_at_us, a.state->updated_at_us);
  EXPECT_TRUE(latest->is_healthy());
}

class LatestAndWatchers : public TablesTest {
 protected:
  static constexpr std::uint64_t kItems = 40;
  static constexpr std::uint64_t kFillers = 260'000;
  static constexpr std::uint64_t kRounds = 20;

  /// `round` counts from 0.
  static std::vector<model::Record> records_of(std::uint64_t round) {
    std::vector<model::Record> records;
    for (std::uint64_t i = 0; i < kItems; ++i) {
      const Names names{"k" + std::to_string(i % 7), "c", std::to_string(i)};
      records.push_back(make_record(names, round * kItems + i + 1));
    }
    return records;
  }
  static void apply(LatestTable& latest, std::uint64_t round) {
    const auto records = records_of(round);
    std::vector<ItemChange> changes;
    for (const model::Record& record : records) {
      changes.push_back(change_of(record, static_cast<std::uint32_t>(round + 1)));
    }
    latest.apply(changes, (round + 1) * kItems);
  }
  /// Many items that nobody asks for.
  void add_fillers() const {
    const duckdb::Instance instance(latest_file(), {512ULL << 20U, 1, {}, {}});
    const duckdb::Connection connection = instance.connect();
    const std::string count = std::to_string(kFillers);
    connection.run(
        "INSERT INTO storage_latest (\"key\", item_name, cfp_version, cfp_seq, cfp_first_seq, cfp_key_hash, "
        "cfp_collection_hash, "
        "cfp_item_hash) SELECT 'filler', i::VARCHAR, 1, 1000000 + i, 1, ~0::UBIGINT, 0, 0 FROM range(" +
        count + ") t(i)");
    connection.run("UPDATE cfp_meta SET rows = rows + " + count +
                   ", xor_seq = (SELECT bit_xor(cfp_seq) FROM storage_latest), max_seq = " +
                   std::to_string(1'000'000 + kFillers - 1));
  }
  /// A watcher asks as the flusher does, and beside it.
  static void ask_beside_updates(LatestTable& latest) {
    std::atomic<bool> is_done{false};
    std::vector<std::thread> watchers;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
      watchers.emplace_back([&, thread] {
        const auto records = records_of(0);
        while (!is_done) {
          std::vector<ItemName> wanted;
          for (std::uint64_t i = thread; i < kItems; i += thread + 1) wanted.push_back(name_of(records[i]));
          const auto bases = latest.version_bases(wanted);
          for (std::size_t i = 0; i < wanted.size(); ++i) {
            const std::uint64_t first = thread + i * (thread + 1) + 1;
            ASSERT_NE(bases[i].sequence, 0U) << "an item that is there was not found";
            ASSERT_EQ((bases[i].sequence - first) % kItems, 0U) << "another item's";
            ASSERT_EQ(bases[i].version, 1 + (bases[i].sequence - first) / kItems);
          }
        }
      });
    }
    for (std::uint64_t round = 1; round <= kRounds; ++round) {
      apply(latest, round);
      if (round % 5 == 0) latest.sort();
    }
    is_done = true;
    for (std::thread& watcher : watchers) watcher.join();
  }
};

TEST_F(Latest, WantsSortingOnceMoreRowsAreUnsortedThanItsBound) {
  EXPECT_EQ(duckdb::DuckDbLatest::tail_bound(0), 524'288U);
  EXPECT_EQ(duckdb::DuckDbLatest::tail_bound(6'000'000), 750'000U);
  EXPECT_EQ(duckdb::DuckDbLatest::tail_bound(10'000'000), 1'048'576U);
  open_latest();
  for (const std::uint64_t tail : {524'288U, 524'289U}) {
    {
      const duckdb::Instance instance(latest_file(), {512ULL << 20U, 1, {}, {}});
      instance.connect().run("UPDATE cfp_meta SET tail_rows = " + std::to_string(tail));
    }
    EXPECT_EQ(open_latest()->wants_sorting(), tail > 524'288U);
  }
}

TEST_F(LatestAndWatchers, FindVersionBasesBesideUpdates) {
  const auto latest = open_latest();
  apply(*latest, 0);
  ask_beside_updates(*latest);
  EXPECT_TRUE(latest->is_healthy());
}

/// A large table is looked through by two threads, each its half, while rows move from the one to the other.
TEST_F(LatestAndWatchers, FindVersionBasesOfOneMomentInALargeTable) {
  apply(*open_latest(), 0);
  add_fillers();
  const auto latest = open_latest();
  ASSERT_EQ(latest->meta().rows, kItems + kFillers);
  ask_beside_updates(*latest);
  EXPECT_TRUE(latest->is_healthy());
  std::vector<ItemName> wanted;
  const auto records = records_of(0);
  for (const model::Record& record : records) wanted.push_back(name_of(record));
  for (const model::VersionBase& base : latest->version_bases(wanted)) EXPECT_EQ(base.version, kRounds + 1);
}

TEST_F(Latest, ReplacesARowAndKeepsItsPlace) {
  const auto a = make_record({"k", "c", "a"}, 1), b = make_record({"k", "c", "b"}, 2),
             a2 = make_record({"k", "c", "a"}, 3);
  const auto latest = open_latest();
  latest->apply(std::vector{change_of(a, 1), change_of(b, 1)}, 2);
  latest->apply(std::vector{change_of(a2, 2)}, 3);
  EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"a=2@3", "b=1@2"}));
  EXPECT_EQ(latest->meta(), (Meta{1, kStoreId, 3, 2, 2, 3, 2 ^ 3}));
  EXPECT_TRUE(latest->is_healthy());
}

TEST_F(Latest, RemembersVersionsOfDeletedItemsAndGivesThemANewPlace) {
  const Names names{"k", "c", "a"};
  const auto a = make_record(names, 1), b = make_record({"k", "c", "b"}, 2), gone = make_erase(names, 3),
             back = make_record(names, 4);
  const auto latest = open_latest();
  latest->apply(std::vector{change_of(a, 1), change_of(b, 1)}, 2);
  latest->apply(std::vector{change_of(gone, 2)}, 3);
  EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"b=1@2", "a!2@3"}));
  EXPECT_EQ(latest->meta(), (Meta{1, kStoreId, 3, 1, 2, 2, 2}));
  latest->apply(std::vector{change_of(back, 3)}, 4);
  EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"b=1@2", "a=3@4"}));
  EXPECT_TRUE(latest->is_healthy());
}

TEST_F(Latest, GivesANewPlaceToAnItemErasedInBetween) {
  const auto a = make_record({"k", "c", "a"}, 1), b = make_record({"k", "c", "b"}, 2),
             a2 = make_record({"k", "c", "a"}, 5);
  const auto latest = open_latest();
  latest->apply(std::vector{change_of(a, 1), change_of(b, 1)}, 2);
  latest->apply(std::vector{change_of(a2, 3, true)}, 5);
  EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"b=1@2", "a=3@5"}));
}

TEST_F(Latest, BecomesEmptyAgainWhenAllIsDeleted) {
  const auto a = make_record({"k", "c", "a"}, 1), gone = make_erase({"k", "c", "a"}, 2);
  const auto latest = open_latest();
  latest->apply(std::vector{change_of(a, 1)}, 1);
  latest->apply(std::vector{change_of(gone, 2)}, 2);
  EXPECT_EQ(latest->meta(), (Meta{1, kStoreId, 2, 0, 0, 0, 0}));
  latest->apply({}, 9);
  EXPECT_EQ(latest->meta().watermark, 9U);
  EXPECT_TRUE(latest->is_healthy());
}

TEST_F(Latest, LooksVersionsUpInOrderAlsoOfDeletedItems) {
  const auto a = make_record({"k", "c", "a"}, 1), b = make_record({"k", "c", "b"}, 2),
             c = make_record({"k", "c", "c"}, 3), gone = make_erase({"k", "c", "b"}, 4),
             never = make_record({"k", "", ""}, 9);
  const auto latest = open_latest();
  latest->apply(std::vector{change_of(a, 1), change_of(b, 1), change_of(c, 7)}, 3);
  latest->apply(std::vector{change_of(gone, 2)}, 4);
  const std::vector<ItemName> names = {name_of(c), name_of(never), name_of(b), name_of(a), name_of(c)};
  const std::vector<model::VersionBase> expected = {{7, 3}, {0, 0}, {2, 4}, {1, 1}, {7, 3}};
  EXPECT_EQ(latest->version_bases(names), expected);
  EXPECT_TRUE(latest->version_bases({}).empty());
}

TEST_F(Latest, TellsNamesApartWhoseHashesAreEqual) {
  auto a = make_record({"k", "c", "a"}, 1), b = make_record({"l", "d", "a"}, 2);
  b.key_hash = a.key_hash;  // as if the names collided
  b.collection_hash = a.collection_hash;
  b.item_hash = a.item_hash;
  const auto latest = open_latest();
  latest->apply(std::vector{change_of(a, 1), change_of(b, 1)}, 2);
  const auto gone = make_erase({"k", "c", "a"}, 3);
  latest->apply(std::vector{change_of(gone, 2)}, 3);
  EXPECT_EQ(latest->version_bases(std::vector{name_of(a), name_of(b)}),
            (std::vector<model::VersionBase>{{2, 3}, {1, 2}}));
  EXPECT_EQ(items_of(*latest, "k", "c"), (Strings{"a!2@3"}));
}

TEST_F(Latest, SortsWithoutChangingWhatIsRead) {
  std::deque<model::Record> records;
  std::vector<ItemChange> changes;
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    records.push_back(make_record({"key" + std::to_string(i % 50), "c", std::to_string(i)}, i, std::string("v")));
    changes.push_back(change_of(records.back(), 1));
  }
  const auto latest = open_latest();
  latest->apply(changes, 5000);
  const auto gone = make_erase({"key1", "c", "1"}, 5001);
  latest->apply(std::vector{change_of(gone, 2)}, 5001);
  EXPECT_EQ(latest->tail_rows(), 5000U);
  EXPECT_FALSE(latest->wants_sorting());
  const Meta before = latest->meta();
  const Strings items = items_of(*latest, "key1", "c");
  latest->sort();
  EXPECT_EQ(latest->tail_rows(), 0U);
  EXPECT_EQ(latest->meta(), before);
  EXPECT_EQ(items_of(*latest, "key1", "c"), items);
  EXPECT_EQ(items.size(), 100U);
  EXPECT_TRUE(latest->is_healthy());
  EXPECT_FALSE(std::filesystem::exists(base_dir / "storage_latest.duckdb.wal"));
  EXPECT_FALSE(std::filesystem::exists(base_dir / "storage_latest.duckdb.new"));
  const auto again = make_record({"key1", "c", "1"}, 5002);
  latest->apply(std::vector{change_of(again, 3)}, 5002);
  EXPECT_EQ(items_of(*latest, "key1", "c").back(), "1=3@5002");
}

TEST_F(Latest, LoadsWholeSnapshotsBesideUpdatesAndSorts) {
  constexpr std::uint64_t kItems = 20, kRounds = 30;
  const auto latest = open_latest();
  std::deque<model::Record> records;
  std::vector<ItemChange> changes;
  const auto write_round = [&](std::uint64_t round) {
    records.clear();
    changes.clear();
    for (std::uint64_t i = 0; i < kItems; ++i) {
      records.push_back(make_record({"k", "c", std::to_string(i)}, round * kItems + i + 1));
      changes.push_back(change_of(records.back(), static_cast<std::uint32_t>(round + 1)));
    }
    latest->apply(changes, round * kItems + kItems);
  };
  write_round(0);
  std::atomic<bool> done = false;
  std::atomic<int> loads = 0;
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      do {
        const auto loaded = latest->load("k", "c");
        ASSERT_EQ(loaded.size(), 1U);
        ASSERT_EQ(loaded[0].items.size(), kItems);
        for (const LoadedItem& item : loaded[0].items) {
          ASSERT_EQ(item.base.version, loaded[0].items[0].base.version) << "half of an update";
        }
        ++loads;
      } while (!done);
    });
  }
  for (std::uint64_t round = 1; round < kRounds; ++round) {
    write_round(round);
    if (round % 10 == 0) latest->sort();
    if (round % 7 == 0) latest->checkpoint();
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_GE(loads, 2);
  EXPECT_EQ(latest->meta().rows, kItems);
  EXPECT_TRUE(latest->is_healthy());
}

TEST_F(Latest, IsDamagedForItsOwnerWhenItsColumnsAreOthers) {
  const model::Schema age = {{"age", model::ColumnType::int32}}, wide_age = {{"age", model::ColumnType::int64}};
  store->open_latest(age, kStoreId);
  const auto code_for = [&](const model::Schema& in_force) {
    try {
      store->open_latest(in_force, kStoreId);
    } catch (const CollectionFastPersistError& error) {
      return std::optional(error.code());
    }
    return std::optional<ErrorCode>();
  };
  EXPECT_EQ(code_for(age), std::nullopt);
  EXPECT_EQ(code_for({}), ErrorCode::corrupt);
  EXPECT_EQ(code_for(wide_age), ErrorCode::corrupt);
  EXPECT_EQ(code_for({age[0], {"size", model::ColumnType::int32}}), ErrorCode::extra_schema) << "it lacks columns";
}

}  // namespace
}  // namespace cfp::tables
