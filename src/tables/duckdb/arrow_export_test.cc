#include "tables/duckdb/arrow_export.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "cfp/error.h"
#include "support/arrow_reader.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

using support::ArrowColumn;
using support::ArrowStream;

class ArrowExport : public TablesTest {
 protected:
  ArrowExport() : history(open_history()) {
    history->append(
        Versions().all({make_record({"k", "c", "a"}, 1, std::int64_t{5}),
                        make_record({"k", "c", "b"}, 2, std::string("text")), make_record({"k", "d", "a"}, 3, 2.5)}));
    query = history->connect_read_only();
  }
  [[nodiscard]] ArrowStream stream(const std::string& sql) {
    QueryResult result = query->execute(sql);
    return ArrowStream(result);
  }

  std::unique_ptr<HistoryTable> history;
  std::unique_ptr<QueryConnection> query;
};

TEST_F(ArrowExport, GivesNumbersTextsAndNulls) {
  ArrowStream rows =
      stream("SELECT item_name, value_int, value_float, value_string FROM storage_history ORDER BY cfp_seq");
  const auto schema = rows.schema();
  EXPECT_STREQ(schema->format, "+s");
  ASSERT_EQ(schema->n_children, 4);
  const char* const formats[] = {"u", "l", "g", "u"};
  for (int i = 0; i < 4; ++i) EXPECT_STREQ(schema->children[i]->format, formats[i]);
  EXPECT_STREQ(schema->children[1]->name, "value_int");
  const auto batch = rows.next();
  ASSERT_EQ(batch->length, 3);
  EXPECT_EQ(batch->offset, 0) << "importers refuse a batch with an offset";
  const ArrowColumn names(*batch->children[0]), ints(*batch->children[1]), floats(*batch->children[2]),
      texts(*batch->children[3]);
  EXPECT_EQ(names.text(1), "b");
  EXPECT_EQ(ints.number<std::int64_t>(0), 5);
  EXPECT_TRUE(ints.is_null(1) && ints.is_null(2) && floats.is_null(0) && texts.is_null(0));
  EXPECT_EQ(floats.number<double>(2), 2.5);
  EXPECT_EQ(texts.text(1), "text");
  EXPECT_TRUE(rows.next().is_empty());
  EXPECT_TRUE(rows.next().is_empty()) << "the end stays the end";
}

TEST_F(ArrowExport, GivesTypesThatEveryImporterKnows) {
  ArrowStream rows = stream(
      "SELECT data, updated_at, sum(cfp_seq) OVER () AS total, 1.5 AS price, DATE '2025-12-24' AS day, "
      "TIMESTAMP '1970-01-01 00:00:01.5' AS moment, ['{}'::JSON] AS list, {'j': '{}'::JSON} AS struct "
      "FROM storage_history ORDER BY cfp_seq");
  const auto schema = rows.schema();
  const std::vector<std::string> formats = {"u", "tsu:", "d:38,0", "d:2,1,128", "tdD", "tsu:", "+l", "+s"};
  for (std::size_t i = 0; i < formats.size(); ++i) {
    EXPECT_EQ(schema->children[i]->format, formats[i]) << schema->children[i]->name;
    EXPECT_EQ(schema->children[i]->metadata, nullptr) << "an extension type: " << schema->children[i]->name;
  }
  EXPECT_STREQ(schema->children[6]->children[0]->format, "u");
  EXPECT_EQ(schema->children[6]->children[0]->metadata, nullptr);
  EXPECT_EQ(schema->children[7]->children[0]->metadata, nullptr);
  const auto batch = rows.next();
  EXPECT_EQ(ArrowColumn(*batch->children[0]).text(0).front(), '{');
  EXPECT_EQ(ArrowColumn(*batch->children[2]).number<std::int64_t>(0), 6) << "the low half of a decimal";
  EXPECT_EQ(ArrowColumn(*batch->children[3]).number<std::int64_t>(2), 15) << "the low half of the first decimal";
  EXPECT_EQ(ArrowColumn(*batch->children[5]).number<std::int64_t>(2), 1'500'000);
}

TEST_F(ArrowExport, GivesLargeResultsBatchByBatchInOrder) {
  ArrowStream rows = stream("SELECT n, 'row ' || n, CASE WHEN n % 3 = 0 THEN NULL ELSE n END FROM range(5000) t(n)");
  std::int64_t next = 0;
  int batches = 0;
  for (;; ++batches) {
    const auto batch = rows.next();
    if (batch.is_empty()) break;
    const ArrowColumn numbers(*batch->children[0]), texts(*batch->children[1]), thirds(*batch->children[2]);
    for (std::int64_t row = 0; row < batch->length; ++row, ++next) {
      ASSERT_EQ(numbers.number<std::int64_t>(row), next);
      ASSERT_EQ(texts.text(row), "row " + std::to_string(next));
      ASSERT_EQ(thirds.is_null(row), next % 3 == 0);
    }
  }
  EXPECT_EQ(next, 5000);
  EXPECT_GT(batches, 2);
}

TEST_F(ArrowExport, GoesOnBehindTheRowsThatWereFetchedAlready) {
  QueryResult result = query->execute(
      "SELECT n, 'row ' || n, [n, n + 1] AS list, {'a': 's' || n} AS struct, CASE WHEN n % 2 = 0 THEN NULL ELSE n END, "
      "(n / 2)::DECIMAL(9, 1) AS half FROM range(3000) t(n)");
  const auto fetched = result.fetchmany(5);
  EXPECT_EQ(fetched[4][5], Cell(std::string("2.0"))) << "rows have the text of other types";
  EXPECT_EQ(fetched[4][2], Cell(std::string("[4, 5]")));
  ArrowStream rows(result);
  EXPECT_EQ(rows.schema()->n_children, 6) << "the texts are for rows only";
  EXPECT_EQ(result.fetchone(), std::nullopt);
  EXPECT_EQ(result.description().size(), 6U);
  const auto batch = rows.next();
  ASSERT_EQ(batch->n_children, 6);
  EXPECT_EQ(batch->length, 2048 - 5);
  for (const std::int64_t row : {0, 1, 2042}) {
    const std::int64_t n = row + 5;
    EXPECT_EQ(ArrowColumn(*batch->children[0]).number<std::int64_t>(row), n);
    EXPECT_EQ(ArrowColumn(*batch->children[1]).text(row), "row " + std::to_string(n));
    const ArrowColumn lists(*batch->children[2]);
    EXPECT_EQ(lists.list(row).second, 2);
    EXPECT_EQ(lists.child(0).number<std::int64_t>(lists.list(row).first + 1), n + 1);
    EXPECT_EQ(ArrowColumn(*batch->children[3]).child(0).text(row), "s" + std::to_string(n));
    EXPECT_EQ(ArrowColumn(*batch->children[4]).is_null(row), n % 2 == 0);
  }
  EXPECT_EQ(rows.next()->length, 3000 - 2048);
  EXPECT_TRUE(rows.next().is_empty());
}

TEST_F(ArrowExport, OfAFetchedOrEmptyResultHasASchemaAndNoBatch) {
  QueryResult fetched = query->execute("SELECT item_name FROM storage_history");
  EXPECT_EQ(fetched.fetchall().size(), 3U);
  QueryResult empty = query->execute("SELECT item_name FROM storage_history WHERE false");
  for (QueryResult* const result : {&fetched, &empty}) {
    ArrowStream rows(*result);
    EXPECT_EQ(rows.schema()->n_children, 1);
    EXPECT_TRUE(rows.next().is_empty());
  }
}

TEST_F(ArrowExport, IsRefusedTheSecondTime) {
  QueryResult result = query->execute("SELECT 1");
  const ArrowStream rows(result);
  try {
    const ArrowStream again(result);
    FAIL() << "exported twice";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  }
}

TEST_F(ArrowExport, SaysClosedOnceTheTablesAreAndWhatItGaveStays) {
  ArrowStream rows = stream("SELECT n, 'row ' || n FROM range(5000) t(n)");
  QueryResult late = query->execute("SELECT 1");
  const auto batch = rows.next();
  const auto schema = rows.schema();
  history.reset();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(static_cast<void>(rows.next()), std::runtime_error);
    EXPECT_EQ(rows.last_code(), EIO);
    EXPECT_NE(rows.last_error().find("closed"), std::string::npos) << rows.last_error();
  }
  EXPECT_THROW(static_cast<void>(rows.schema()), std::runtime_error);
  EXPECT_EQ(ArrowColumn(*batch->children[1]).text(2047), "row 2047");
  EXPECT_STREQ(schema->children[1]->format, "u");
  EXPECT_THROW(ArrowStream{late}, CollectionFastPersistError);
}

}  // namespace
}  // namespace cfp::tables
