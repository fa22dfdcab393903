#include "tables/duckdb/meta_row.h"

#include <gtest/gtest.h>

#include "cfp/error.h"
#include "tables/duckdb/instance.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables::duckdb {
namespace {

class MetaRowTest : public TablesTest, public testing::WithParamInterface<TableKind> {
 protected:
  MetaRowTest() : instance(base_dir / "meta.duckdb", {128ULL << 20U, 1, base_dir / "spill", {}, false}) {
    from.meta.store_id = kStoreId;
    add_row(from.meta, 3);
    from.meta.watermark = 3;
    to = from;
    add_row(to.meta, 9);
    to.meta.watermark = 9;
  }
  [[nodiscard]] MetaRow read(const Connection& connection) const { return read_meta(connection, GetParam(), "meta"); }

  Instance instance;
  MetaRow from, to;
};

TEST_P(MetaRowTest, IsChangedFromWhatItWas) {
  const Connection connection = instance.connect();
  create_meta(connection, "", GetParam(), from);
  EXPECT_EQ(read(connection), from);
  change_meta(connection, GetParam(), from, to);
  EXPECT_EQ(read(connection), to);
}

TEST_P(MetaRowTest, IsNotChangedAfterAnyoneElseWroteAnyOfItsColumns) {
  const Connection connection = instance.connect();
  create_meta(connection, "", GetParam(), from);
  std::vector<std::string> changes = {"store_id = 'other'",    "watermark = watermark + 1", "rows = rows + 1",
                                      "min_seq = min_seq + 1", "max_seq = max_seq + 1",     "xor_seq = xor_seq + 1"};
  if (GetParam() == TableKind::latest) changes.emplace_back("tail_rows = tail_rows + 1");
  for (const std::string& change : changes) {
    SCOPED_TRACE(change);
    const Transaction undone(connection);
    connection.run("UPDATE cfp_meta SET " + change);
    const MetaRow theirs = read(connection);
    try {
      change_meta(connection, GetParam(), from, to);
      ADD_FAILURE() << "changed";
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
    }
    EXPECT_EQ(read(connection), theirs);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, MetaRowTest, testing::Values(TableKind::history, TableKind::latest));

}  // namespace
}  // namespace cfp::tables::duckdb
