#include "tables/duckdb/wanted_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "model/record.h"
#include "tables/duckdb/chunk_appender.h"
#include "tables/duckdb/instance.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables::duckdb {
namespace {

ItemName name_of(std::string_view key, std::string_view collection, std::string_view item) {
  return {key, collection, item, base::hash64(key), model::item_hash(key, collection, item)};
}

/// A table with the columns that the filter asks for: keys k0 to k2999 with two collections of three items each.
class Wanted : public TablesTest {
 protected:
  Wanted() : instance_(base_dir / "names.duckdb", {128ULL << 20U, 1, base_dir / "spill", {}, false}) {
    wanted.attach_to(connection);
    connection.run(
        "CREATE TABLE names (\"key\" VARCHAR, collection_name VARCHAR, item_name VARCHAR, cfp_key_hash UBIGINT, "
        "cfp_item_hash UBIGINT)");
    ChunkAppender rows(connection, nullptr, "names");
    for (int i = 0; i < 3000; ++i) {
      for (const char* const collection : {"c", "d"}) {
        for (const char* const item : {"", "x", "y"}) add(rows, "k" + std::to_string(i), collection, item);
      }
    }
    rows.close();
  }
  static void add(ChunkAppender& rows, const std::string& key, std::string_view collection, std::string_view item) {
    rows.text(key);
    rows.text(collection);
    rows.text(item);
    rows.number(base::hash64(key));
    rows.number(model::item_hash(key, collection, item));
    rows.end_row();
  }
  /// "key/collection/item" of what the filter lets through, in order.
  std::vector<std::string> found() {
    Result result = connection.run("SELECT \"key\" || '/' || collection_name || '/' || item_name FROM names WHERE " +
                                   std::string(WantedNames::kFilter));
    std::vector<std::string> out;
    while (const Chunk chunk = result.next()) {
      for (idx_t i = 0; i < chunk.rows(); ++i) out.emplace_back(chunk.column(0).text(i));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  WantedNames wanted;
  Instance instance_;
  Connection connection = instance_.connect();
};

TEST_F(Wanted, FindsJustTheItemsThatAreWanted) {
  const std::vector<ItemName> names = {name_of("k7", "c", "x"), name_of("k2999", "d", ""), name_of("k7", "d", "y"),
                                       name_of("k7", "e", "x"), name_of("none", "c", "x")};
  const WantedNames::Search search(wanted, names);
  EXPECT_EQ(found(), (std::vector<std::string>{"k2999/d/", "k7/c/x", "k7/d/y"}));
  std::vector<std::size_t> positions;
  search.find({"k7", "d", "y", model::item_hash("k7", "d", "y")}, [&](std::size_t i) { positions.push_back(i); });
  search.find({"k7", "d", "x", model::item_hash("k7", "d", "y")}, [&](std::size_t i) { positions.push_back(i); });
  EXPECT_EQ(positions, std::vector<std::size_t>{2});
}

TEST_F(Wanted, FindsThousandsAtOnce) {
  std::vector<std::string> keys;
  for (int i = 0; i < 3000; ++i) keys.push_back("k" + std::to_string(i));
  std::vector<ItemName> names;
  for (const std::string& key : keys) names.push_back(name_of(key, "c", "y"));
  const WantedNames::Search search(wanted, names);
  EXPECT_EQ(found().size(), 3000U);
}

TEST_F(Wanted, FindsNothingWhileNobodySearches) {
  EXPECT_TRUE(found().empty());
  {
    const std::vector<ItemName> names = {name_of("k1", "c", "x")};
    const WantedNames::Search search(wanted, names);
    EXPECT_EQ(found().size(), 1U);
  }
  EXPECT_TRUE(found().empty());
}

TEST_F(Wanted, TellsNamesApartWhoseHashesAreEqual) {
  ChunkAppender rows(connection, nullptr, "names");
  rows.text("other");
  rows.text("c");
  rows.text("x");
  rows.number(base::hash64("k7"));
  rows.number(model::item_hash("k7", "c", "x"));
  rows.end_row();
  rows.close();
  const std::vector<ItemName> names = {name_of("k7", "c", "x")};
  const WantedNames::Search search(wanted, names);
  EXPECT_EQ(found(), std::vector<std::string>{"k7/c/x"});
}

TEST_F(Wanted, IsAskedAboutNullsByAnybodysSql) {
  const std::vector<ItemName> names = {name_of("k7", "c", "x")};
  const WantedNames::Search search(wanted, names);
  Result result = connection.run(
      "SELECT count(*) FROM (VALUES (NULL::UBIGINT, NULL::VARCHAR)) AS t(h, n) WHERE "
      "cfp_wanted_key(h) OR cfp_wanted_hash(h) OR "
      "cfp_wanted_item(n, n, n, h)");
  EXPECT_EQ(result.next().column(0).at<std::int64_t>(0), 0);
}

}  // namespace
}  // namespace cfp::tables::duckdb
