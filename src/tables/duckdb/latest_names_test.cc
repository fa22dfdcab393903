#include "base/hash.h"
#include "tables/duckdb/table_fixture.h"
#include "tables/net_changes.h"

namespace cfp::tables {
namespace {

class LatestNames : public TablesTest {
 protected:
  void apply(const std::vector<model::Record>& records) {
    Versions versions;
    const auto all = versions.all(records);
    const auto changes = net_changes(all);
    latest->apply(changes, records.back().sequence());
  }
  static NameRange range(std::string_view prefix, std::uint64_t limit, bool descending = false) {
    return {prefix, std::nullopt, std::nullopt, descending, limit};
  }

  std::unique_ptr<HistoryTable> history = open_history();
  std::unique_ptr<LatestTable> latest = open_latest();
};

TEST_F(LatestNames, ComeInTheOrderOfTheirBytesWhateverTheirHashes) {
  std::vector<model::Record> records;
  std::uint64_t sequence = 0;
  for (const char* const key : {"b", "\xC3\xA4", "a", "ab", "A", "\xF0\x9F\x8E\xB2", ""}) {
    records.push_back(make_record({key, "c", "i"}, ++sequence));
    records.push_back(make_record({key, "d", "i"}, ++sequence));
  }
  apply(records);
  using All = std::vector<std::string>;
  EXPECT_EQ(latest->keys(range("", 100)), (All{"", "A", "a", "ab", "b", "\xC3\xA4", "\xF0\x9F\x8E\xB2"}));
  EXPECT_EQ(latest->keys(range("a", 100, true)), (All{"ab", "a"}));
  NameRange between = range("", 2, true);
  between.after = "A";
  between.before = "b";
  EXPECT_EQ(latest->keys(between), (All{"ab", "a"}));
  EXPECT_EQ(latest->collections("a", range("", 1)), All{"c"});
  EXPECT_EQ(latest->collections("a", range("", 1, true)), All{"d"});
}

/// Whoever chooses names can make two hashes equal.
TEST_F(LatestNames, TellNamesOfOneHashApart) {
  std::vector<model::Record> records;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    const std::string kind = i % 2 == 0 ? "even" : "odd";
    records.push_back(make_record({kind, "in " + kind, "i" + std::to_string(i)}, i));
    records.back().key_hash = base::hash64("odd");
    records.back().collection_hash = base::hash64("in odd");
  }
  apply(records);
  EXPECT_EQ(latest->collections("odd", range("", 10)), std::vector<std::string>{"in odd"});
  std::vector<std::string> names;
  for (const LoadedItem& item : latest->items("odd", "in odd", range("", 10))) names.push_back(item.item_name);
  EXPECT_EQ(names, (std::vector<std::string>{"i1", "i3", "i5"}));
}

TEST_F(LatestNames, GiveTheMarksOfDeletedItemsInTheirPlace) {
  apply({make_record({"k", "c", "a"}, 1, 11), make_record({"k", "c", "b"}, 2), make_erase({"k", "c", "b"}, 3),
         make_record({"k", "c", "c"}, 4), make_erase({"l", "c", "x"}, 5)});
  const auto items = latest->items("k", "c", range("", 2));
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].item_name, "a");
  EXPECT_EQ(items[0].base, (model::VersionBase{1, 1}));
  ASSERT_TRUE(items[0].state);
  EXPECT_EQ(items[0].state->value(), model::ValueView(std::int64_t{11}));
  EXPECT_EQ(items[1].item_name, "b");
  EXPECT_EQ(items[1].base, (model::VersionBase{2, 3}));
  EXPECT_FALSE(items[1].state);
  EXPECT_EQ(latest->keys(range("", 10)), std::vector<std::string>{"k"}) << "l has only a mark";
  EXPECT_TRUE(latest->collections("l", range("", 10)).empty());
}

}  // namespace
}  // namespace cfp::tables
