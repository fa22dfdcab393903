#include <algorithm>

#include "tables/duckdb/instance.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

class HistoryPast : public TablesTest {
 protected:
  void append(const std::vector<model::Record>& records) {
    Versions versions;
    history->append(versions.all(records));
  }
  static std::vector<std::uint64_t> sequences(const std::vector<HistoryRecord>& rows) {
    std::vector<std::uint64_t> found;
    for (const HistoryRecord& row : rows) found.push_back(row.record.sequence());
    return found;
  }

  std::unique_ptr<HistoryTable> history = open_history();
};

/// Whoever chooses names can make two hashes equal.
TEST_F(HistoryPast, TellsItemsOfOneHashApartByTheirNames) {
  std::vector<model::Record> records;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    records.push_back(make_record({"k", "c", i % 2 == 0 ? "even" : "odd"}, i, static_cast<std::int64_t>(i)));
    records.back().key_hash = records.back().collection_hash = records.back().item_hash = 42;
  }
  append(records);
  VersionSearch search;
  search.name = name_of(records[1]);
  search.count = 10;
  EXPECT_EQ(sequences(history->versions(search)), (std::vector<std::uint64_t>{6, 4, 2}));
  const auto items = history->items_at(std::vector{name_of(records[0]), name_of(records[1])}, 5);
  ASSERT_TRUE(items[0] && items[1]);
  EXPECT_EQ(items[0]->last.record.sequence(), 5U);
  EXPECT_EQ(items[1]->last.record.sequence(), 4U);
  EXPECT_EQ(items[0]->first_store_sequence, 1U);
  EXPECT_EQ(items[1]->first_store_sequence, 2U);
}

/// Two threads look through a large table, each through its half.
TEST_F(HistoryPast, FindsTheVersionsOfAnItemInBothHalvesOfALargeTable) {
  const auto versions_from = [](std::uint64_t first) {
    std::vector<model::Record> records;
    for (std::uint64_t i = 0; i < 4; ++i) records.push_back(make_record({"k", "c", "i"}, first + i));
    return records;
  };
  append(versions_from(1));
  history.reset();
  {
    const duckdb::Instance instance(history_file(), {512ULL << 20U, 1, {}, {}});
    const duckdb::Connection connection = instance.connect();
    connection.run(
        "INSERT INTO storage_history (\"key\", cfp_seq, cfp_item_hash) SELECT 'filler', 1000 + i, 0 FROM "
        "range(300000) t(i)");
    connection.run("UPDATE cfp_meta SET rows = rows + 300000, watermark = 300999, max_seq = 300999");
  }
  history = open_history();
  append(versions_from(400'000));
  const std::vector<std::uint64_t> all = {400'003, 400'002, 400'001, 400'000, 4, 3, 2, 1};
  VersionSearch search;
  const auto named = versions_from(1);
  search.name = name_of(named.front());
  for (std::uint64_t count = 0; count <= all.size() + 1; ++count) {
    search.count = count;
    const std::size_t expected = std::min<std::size_t>(count, all.size());
    EXPECT_EQ(sequences(history->versions(search)), std::vector(all.begin(), all.begin() + std::ptrdiff_t(expected)));
  }
  search.count = UINT64_MAX;
  EXPECT_EQ(sequences(history->versions(search)), all);
  search.through = 400'001;
  EXPECT_EQ(sequences(history->versions(search)), std::vector(all.begin() + 2, all.end()));
  search.through = 3;
  EXPECT_EQ(sequences(history->versions(search)), std::vector(all.begin() + 5, all.end()));
  search.through = 1;
  EXPECT_EQ(sequences(history->versions(search)), std::vector(all.begin() + 7, all.end()));
}

TEST_F(HistoryPast, ReadsOnInPagesWhereverTheSequencesJump) {
  std::vector<model::Record> records;
  std::vector<std::uint64_t> wanted;
  for (const std::uint64_t from : {3U, 9'000U, 50'000'000U}) {
    for (std::uint64_t i = 0; i < 3'000; ++i) {
      wanted.push_back(from + i);
      records.push_back(make_record({"k", "c", std::to_string(from + i)}, from + i));
    }
  }
  append(records);
  std::vector<std::uint64_t> seen;
  std::uint64_t at = 0;
  int pages = 0;
  for (; at < 60'000'000; ++pages) {
    const std::uint64_t after = at;
    std::size_t rows = 0;
    at = history->read_next(after, 60'000'000, [&](HistoryRecord&& row) {
      ++rows;
      seen.push_back(row.record.sequence());
    });
    ASSERT_GT(at, after);
    EXPECT_LE(rows, 4096U);
    EXPECT_TRUE(seen.empty() || seen.back() <= at);
  }
  EXPECT_EQ(seen, wanted);
  EXPECT_LE(pages, 8) << "what is empty is passed over at once";
  EXPECT_EQ(history->read_next(5, 5, [](HistoryRecord&&) { ADD_FAILURE() << "nothing was asked for"; }), 5U);
  std::vector<std::uint64_t> some{4, 5, 8'999, 50'000'000};
  auto rows = sequences(history->rows(some));
  std::ranges::sort(rows);
  EXPECT_EQ(rows, (std::vector<std::uint64_t>{4, 5, 50'000'000}));
}

/// More than are worth a statement each.
TEST_F(HistoryPast, FindsManyItemsAtOnceAsTheyWere) {
  constexpr std::uint64_t kItems = 60;
  std::vector<model::Record> records;
  for (std::uint64_t i = 0; i < 3 * kItems; ++i) {
    const Names names{"k", "c", "i" + std::to_string(i % kItems)};
    // Every fifth is deleted in the second round, and stored again in the third.
    const bool erases = i / kItems == 1 && i % 5 == 0;
    records.push_back(erases ? make_erase(names, i + 1) : make_record(names, i + 1));
  }
  append(records);
  std::vector<ItemName> wanted;
  for (std::uint64_t i = 0; i < kItems; ++i) wanted.push_back(name_of(records[i]));
  const model::Record stranger = make_record({"k", "c", "never"}, 999);
  wanted.push_back(name_of(stranger));
  for (const std::uint64_t through : {std::uint64_t{30}, 2 * kItems, 3 * kItems}) {
    const auto found = history->items_at(wanted, through);
    ASSERT_EQ(found.size(), kItems + 1);
    EXPECT_FALSE(found[kItems]);
    for (std::uint64_t i = 0; i < kItems; ++i) {
      ASSERT_EQ(found[i].has_value(), i < through) << i;
      if (!found[i]) continue;
      const std::uint64_t round = std::min<std::uint64_t>((through - 1 - i) / kItems, 2);
      EXPECT_EQ(found[i]->last.record.sequence(), round * kItems + i + 1);
      EXPECT_EQ(found[i]->last.version, round + 1);
      const bool was_deleted = i % 5 == 0 && round >= 1;
      EXPECT_EQ(found[i]->first_store_sequence, !was_deleted ? i + 1 : round == 1 ? 0 : 2 * kItems + i + 1);
    }
  }
}

TEST_F(HistoryPast, TurnsATimeIntoASequence) {
  append({make_record({"k", "c", "i"}, 3), make_record({"k", "c", "i"}, 7)});
  const std::int64_t third = make_record({"k", "c", "i"}, 3).state->updated_at_us;
  EXPECT_EQ(history->first_sequence_after(third - 1), 3U);
  EXPECT_EQ(history->first_sequence_after(third), 7U);
  EXPECT_EQ(history->first_sequence_after(third + 4), std::nullopt);
  EXPECT_FALSE(history->find(5));
  EXPECT_EQ(history->find(7)->previous_sequence, 3U);
  EXPECT_EQ(std::string(history->find(7)->record.key()) + std::string(history->find(7)->record.state->item_name()), "")
      << "not read, as promised";
  EXPECT_EQ(history->find(7)->record.item_hash, model::item_hash("k", "c", "i"));
}

TEST_F(HistoryPast, FindsTheRowsOfAnItemInAStretch) {
  std::vector<model::Record> records;
  for (std::uint64_t i = 1; i <= 30; ++i)
    records.push_back(make_record({"k", "c", i % 3 == 0 ? "wanted" : "other"}, i));
  append(records);
  const std::uint64_t wanted = model::item_hash("k", "c", "wanted");
  const auto sequences = [&](const Stretch& stretch) {
    std::vector<std::uint64_t> found;
    for (const HistoryRecord& row : history->find_all(wanted, stretch)) {
      EXPECT_EQ(row.record.item_hash, wanted);
      EXPECT_EQ(row.previous_sequence, row.record.sequence() == 3 ? 0 : row.record.sequence() - 3);
      EXPECT_EQ(row.version, row.record.sequence() / 3);
      found.push_back(row.record.sequence());
    }
    return found;
  };
  using Sequences = std::vector<std::uint64_t>;
  EXPECT_EQ(sequences({10, 21, 100}), (Sequences{21, 18, 15, 12}));
  EXPECT_EQ(sequences({0, 8, 100}), (Sequences{6, 3}));
  EXPECT_EQ(sequences({10, 11, 100}), Sequences());
  EXPECT_EQ(sequences({1, 30, 2}).size(), 2U);
}

TEST_F(HistoryPast, KnowsTheNewestRequestsByTheirLastRecords) {
  std::vector<model::Record> records;
  const std::vector<const char*> requests{"a", "b", nullptr, "b", "c"};
  for (std::uint64_t i = 0; i < requests.size(); ++i) {
    records.push_back(make_record({"k", "c", "i"}, i + 1));
    if (requests[i] != nullptr) records.back().request_id = requests[i];
  }
  append(records);
  const auto known = [&](std::int64_t since_us, std::uint64_t count) {
    std::string found;
    for (const AnsweredRequest& request : history->requests(since_us, count)) {
      EXPECT_EQ(request.updated_at_us, records.at(request.sequence - 1).state->updated_at_us);
      found += request.id + std::to_string(request.sequence) + " ";
    }
    return found;
  };
  EXPECT_EQ(known(0, 10), "a1 b4 c5 ");
  EXPECT_EQ(known(0, 2), "b4 c5 ");
  EXPECT_EQ(known(records[4].state->updated_at_us, 10), "c5 ");
  EXPECT_EQ(known(records[4].state->updated_at_us + 1, 10), "");
}

}  // namespace
}  // namespace cfp::tables
