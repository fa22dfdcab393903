#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "support/encode_call.h"
#include "support/property.h"
#include "support/random_document.h"

namespace cfp::model {
namespace {

Record replayed(std::string_view data, Operation operation = Operation::store) {
  Record record;
  record.state = ItemState::make({.data = data, .operation = operation});
  return record;
}

TEST(Project, GivesWhatEncodeGave) {
  const Schema schema = {{"n", ColumnType::int32},  {"u", ColumnType::uint64},     {"f", ColumnType::float64},
                         {"s", ColumnType::string}, {"b", ColumnType::boolean},    {"t", ColumnType::timestamp},
                         {"d", ColumnType::date},   {"value", ColumnType::boolean}};
  const Record stored =
      EncodeCall{
          .data =
              R"({"n":-5,"u":18446744073709551615,"f":1.5,"s":"a\n\u00e9\"","b":true,"t":"2025-01-15T10:30:00.25+02:00","d":"2025-01-15",
                  "status":"x\ty","status_int":3,"username":"ann"})",
          .value = true,
          .schema = schema}
          .run();
  Record record = replayed(stored.state->data());
  EXPECT_EQ(project(record, schema), 0U);
  EXPECT_EQ(record.projection.extra, stored.projection.extra);
  EXPECT_EQ(record.projection.status, stored.projection.status);
  EXPECT_EQ(record.projection.status_int, stored.projection.status_int);
  EXPECT_EQ(record.projection.username, stored.projection.username);
  EXPECT_EQ(record.projection.extra[0], ColumnValue(std::int64_t{-5}));
  EXPECT_EQ(record.projection.extra[7], ColumnValue(true));
}

TEST(Project, GivesWhatEncodeGaveForAnyField) {
  const std::vector<std::string> values = {"null",
                                           "true",
                                           "5",
                                           "-5",
                                           "300",
                                           "1e3",
                                           "1.5",
                                           "18446744073709551615",
                                           "\"text\"",
                                           "\"2025-01-15\"",
                                           "\"2025-01-15T10:30:00.25-05:30\"",
                                           "\"\\u0000\\n\"",
                                           "[]",
                                           "{\"a\":[]}",
                                           "-0.0",
                                           "0.1"};
  for (int type = 0; type <= static_cast<int>(ColumnType::date); ++type) {
    const Schema schema = {{"x", static_cast<ColumnType>(type)}};
    for (const std::string& value : values) {
      const Record stored = EncodeCall{.data = "{\"x\":" + value + "}"}.run();
      Record record = replayed(stored.state->data());
      const std::uint32_t unfit = project(record, schema);
      try {
        const Record typed = EncodeCall{.data = "{\"x\":" + value + "}", .schema = schema}.run();
        EXPECT_EQ(unfit, 0U) << value << " " << type;
        EXPECT_EQ(record.projection.extra, typed.projection.extra) << value << " " << type;
      } catch (const ExtraSchemaError&) {
        EXPECT_EQ(unfit, 1U) << value << " " << type;
        EXPECT_EQ(record.projection.extra[0], ColumnValue()) << value << " " << type;
      }
    }
  }
}

TEST(Project, CountsFieldsThatDoNotFitAndLeavesThemNull) {
  const Schema schema = {{"n", ColumnType::int32}, {"s", ColumnType::string}, {"big", ColumnType::float64}};
  Record record =
      replayed(R"({"n":"x","s":{},"big":100000000000000000000,"status":5,"status_int":"high","username":[]})");
  EXPECT_EQ(project(record, schema), 6U);
  EXPECT_EQ(record.projection.extra, std::vector<ColumnValue>(3));
  EXPECT_FALSE(record.projection.status);
  EXPECT_FALSE(record.projection.status_int);
  EXPECT_FALSE(record.projection.username);
}

TEST(Project, KeepsAUsernameThatIsSetAlready) {
  Record record = replayed(R"({"username":"bob"})");
  record.projection.username = "ann";
  EXPECT_EQ(project(record, {}), 0U);
  EXPECT_EQ(record.projection.username, "ann");
}

TEST(Project, LeavesEverythingOfAnEraseNullButWhoItWas) {
  Record record = replayed("{}", Operation::erase);
  record.projection.status = "x";
  record.projection.username = "ann";
  EXPECT_EQ(project(record, {{"n", ColumnType::int32}}), 0U);
  EXPECT_EQ(record.projection.extra, std::vector<ColumnValue>(1));
  EXPECT_FALSE(record.projection.status);
  EXPECT_EQ(record.projection.username, "ann");
}

TEST(Project, NeverFailsForWhatTheTextIs) {
  EXPECT_TRUE(support::holds("project takes any bytes", [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string text = test::RandomDocument(seed).text;
    for (int i = 0; i < 3; ++i) text[random() % text.size()] = static_cast<char>(random());
    Record record = replayed(text);
    project(record, {{"0", ColumnType::string}});
    RC_ASSERT(record.projection.extra.size() == 1U);
  }));
  Record record = replayed("no object");
  EXPECT_EQ(project(record, {}), 1U);
}

}  // namespace
}  // namespace cfp::model
