#include "model/schema.h"

#include <gtest/gtest.h>

#include "cfp/error.h"

namespace cfp::model {
namespace {

std::string refusal(const std::vector<ExtraColumn>& extra_schema) {
  try {
    parse_schema(extra_schema);
  } catch (const ExtraSchemaError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ParseSchema, KnowsEveryPyArrowNameOfTheSpecification) {
  const std::vector<std::pair<const char*, const char*>> table = {{"string", "VARCHAR"},
                                                                  {"int64", "BIGINT"},
                                                                  {"int32", "INTEGER"},
                                                                  {"int16", "SMALLINT"},
                                                                  {"int8", "TINYINT"},
                                                                  {"uint64", "UBIGINT"},
                                                                  {"uint32", "UINTEGER"},
                                                                  {"uint16", "USMALLINT"},
                                                                  {"uint8", "UTINYINT"},
                                                                  {"float64", "DOUBLE"},
                                                                  {"float32", "FLOAT"},
                                                                  {"bool", "BOOLEAN"},
                                                                  {"timestamp[us]", "TIMESTAMP"},
                                                                  {"timestamp[ns]", "TIMESTAMP"},
                                                                  {"timestamp[ms]", "TIMESTAMP"},
                                                                  {"timestamp[s]", "TIMESTAMP"},
                                                                  {"date32", "DATE"},
                                                                  {"date64", "DATE"}};
  for (const auto& [arrow, duckdb] : table) {
    const Schema schema = parse_schema({{"c", arrow}});
    ASSERT_EQ(schema.size(), 1U);
    EXPECT_EQ(duckdb_type(schema[0].type), duckdb);
    EXPECT_EQ(column_type_of_duckdb(duckdb), schema[0].type);
  }
  EXPECT_FALSE(column_type_of_duckdb("HUGEINT"));
  EXPECT_FALSE(column_type_of_duckdb("integer"));
}

TEST(ParseSchema, RefusesOtherTypesAndSaysWhichThereAre) {
  for (const char* type : {"", "int", "INTEGER", "utf8", "timestamp", "decimal128", "int32; DROP TABLE x", " int32"}) {
    EXPECT_NE(refusal({{"c", type}}).find("timestamp[us]"), std::string::npos) << type;
  }
}

TEST(ParseSchema, AllowsOnlyPlainNames) {
  for (const std::string& name : {std::string("a"), std::string("_"), std::string("A b_9"), std::string(63, 'x'),
                                  std::string("select"), std::string("value"), std::string("cfp")}) {
    EXPECT_EQ(refusal({{name, "int32"}}), "accepted") << name;
  }
  for (const std::string& name :
       {std::string(), std::string("9a"), std::string(" a"), std::string(64, 'x'), std::string("a\"b"),
        std::string("a;b"), std::string("a-b"), std::string("\xc3\xa9"), std::string("a\0b", 3), std::string("a\n")}) {
    EXPECT_NE(refusal({{name, "int32"}}), "accepted") << name;
  }
}

TEST(ParseSchema, RefusesReservedNamesWhateverTheirCase) {
  for (const char* name :
       {"key", "collection_name", "item_name", "data", "value_int", "value_float", "value_string", "timestamp",
        "status", "status_int", "username", "updated_at", "version", "KEY", "Status_Int", "cfp_seq", "CFP_x", "cfp_"}) {
    EXPECT_NE(refusal({{name, "int32"}}).find("reserved"), std::string::npos) << name;
  }
}

TEST(ParseSchema, RefusesANameTwiceWhateverItsCase) {
  EXPECT_NE(refusal({{"Score", "int32"}, {"a", "int8"}, {"sCORE", "float64"}}).find("twice"), std::string::npos);
}

TEST(ReconcileSchema, GivesTheColumnsOfTheTablesInTheirOrder) {
  const Schema tables = {{"A", ColumnType::int32}, {"b", ColumnType::string}};
  EXPECT_EQ(reconcile_schema({}, tables), tables);
  EXPECT_EQ(reconcile_schema({{"B", ColumnType::string}, {"a", ColumnType::int32}}, tables), tables);
  EXPECT_EQ(reconcile_schema({}, {}), Schema());
}

TEST(ReconcileSchema, RefusesAColumnThatTheTablesLackOrHaveWithAnotherType) {
  const Schema tables = {{"a", ColumnType::int32}};
  EXPECT_THROW(reconcile_schema({{"b", ColumnType::int32}}, tables), ExtraSchemaError);
  EXPECT_THROW(reconcile_schema({{"a", ColumnType::int64}}, tables), ExtraSchemaError);
}

}  // namespace
}  // namespace cfp::model
