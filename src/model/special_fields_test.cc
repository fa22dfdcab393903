#include "model/special_fields.h"

#include <gtest/gtest.h>

#include "support/encode_call.h"

namespace cfp::model {
namespace {

TEST(SpecialTimestamp, IsTheParameterThenTheFieldThenNow) {
  const Timestamp given("2025-01-15T10:30:00+02:00");
  EXPECT_EQ((EncodeCall{.data = R"({"timestamp":"2024-01-01","a":1})", .timestamp = given}.text()),
            R"({"timestamp":"2025-01-15T10:30:00+02:00","a":1})");
  EXPECT_EQ(EncodeCall{.data = R"({"timestamp":"2024-01-01 10:00-05:30","a":1})"}.text(),
            R"({"timestamp":"2024-01-01T10:00:00-05:30","a":1})");
  EXPECT_EQ(EncodeCall{.data = R"({"timestamp":null,"a":1})"}.text(), "{" + kNow + ",\"a\":1}");
  EXPECT_EQ(EncodeCall{.data = R"({"a":1})"}.text(), "{\"a\":1," + kNow + "}");
  EXPECT_EQ(EncodeCall{.data = R"({"timestamp":"2024-01-01T10:00-05:30"})"}.run().state->timestamp(),
            Timestamp("2024-01-01T10:00:00-05:30"));
}

TEST(SpecialTimestamp, IsIsoTextAlsoWithoutNormalizing) {
  EXPECT_EQ((EncodeCall{.data = R"({"timestamp":"2024-01-01","a":"2024-01-01"})", .normalize_datetimes = false}.text()),
            R"({"timestamp":"2024-01-01T00:00:00+00:00","a":"2024-01-01"})");
}

TEST(SpecialTimestamp, RefusesWhatIsNone) {
  for (const char* field : {"5", "1.5", "true", "[]", "{}", "\"soon\"", "\"20240101\"", "\"\""}) {
    const std::string data = "{\"timestamp\":" + std::string(field) + "}";
    EXPECT_TRUE(EncodeCall{.data = data}.refusal().starts_with("data.timestamp: must be ISO text")) << field;
  }
}

TEST(SpecialTimestamp, RefusesAParameterThatCouldNotBeReadBack) {
  using std::chrono::sys_days;
  using std::chrono::year;
  for (const Timestamp& bad : {Timestamp(sys_days(year(10000) / 1 / 1)), Timestamp(sys_days(year(0) / 12 / 31)),
                               Timestamp(sys_days(year(2025) / 1 / 1), std::chrono::hours(24)),
                               Timestamp(sys_days(year(1) / 1 / 1), std::chrono::hours(-1))}) {
    EXPECT_TRUE(EncodeCall{.timestamp = bad}.refusal().starts_with("timestamp: must be in the years"));
  }
}

TEST(SpecialUsername, IsTheParameterThenTheField) {
  EXPECT_EQ((EncodeCall{.data = R"({"username":"bob","a":1,"timestamp":null})", .username = "ann"}.text()),
            R"({"username":"ann","a":1,)" + kNow + "}");
  EXPECT_EQ((EncodeCall{.data = R"({"username":null,"timestamp":null})", .username = "ann"}.text()),
            R"({"username":"ann",)" + kNow + "}");
  EXPECT_EQ((EncodeCall{.data = "{}", .username = "ann"}.text()), "{" + kNow + R"(,"username":"ann"})");
  EXPECT_EQ(EncodeCall{.data = R"({"username":null})"}.text(), R"({"username":null,)" + kNow + "}");
  EXPECT_EQ(EncodeCall{.data = R"({"username":"bob"})"}.run().projection.username, "bob");
  EXPECT_FALSE(EncodeCall{.data = R"({"username":null})"}.run().projection.username);
  EXPECT_EQ((EncodeCall{.data = R"({"username":"bob"})", .username = ""}.run().projection.username), "");
}

TEST(SpecialUsername, RefusesWhatIsNoText) {
  for (const char* field : {"5", "true", "[]", "{}"}) {
    const std::string data = "{\"username\":" + std::string(field) + "}";
    EXPECT_TRUE(EncodeCall{.data = data}.refusal().starts_with("data.username: must be text")) << field;
  }
  EXPECT_EQ(EncodeCall{.username = "\xff"}.refusal(), "username: is not valid UTF-8");
}

TEST(SpecialStatus, IsTextAndStaysAsItIs) {
  const Record record = EncodeCall{.data = R"({"status":"2025-01-15","username":"2025-01-15","timestamp":null})"}.run();
  EXPECT_EQ(record.projection.status, "2025-01-15");
  EXPECT_EQ(record.state->data(), R"({"status":"2025-01-15","username":"2025-01-15",)" + kNow + "}");
  EXPECT_FALSE(EncodeCall{.data = R"({"status":null})"}.run().projection.status);
  for (const char* field : {"5", "true", "[]", "{}", "1.5"}) {
    const std::string data = "{\"status\":" + std::string(field) + "}";
    EXPECT_TRUE(EncodeCall{.data = data}.refusal().starts_with("data.status: must be text")) << field;
  }
}

TEST(SpecialStatusInt, IsAnIntegerOf32Bits) {
  EXPECT_EQ(EncodeCall{.data = R"({"status_int":2147483647})"}.run().projection.status_int, 2147483647);
  EXPECT_EQ(EncodeCall{.data = R"({"status_int":-2147483648})"}.run().projection.status_int, -2147483648);
  EXPECT_FALSE(EncodeCall{.data = R"({"status_int":null})"}.run().projection.status_int);
  for (const char* field :
       {"2147483648", "-2147483649", "18446744073709551615", "5.0", "true", "\"5\"", "\"high\"", "[]"}) {
    const std::string data = "{\"status_int\":" + std::string(field) + "}";
    EXPECT_TRUE(EncodeCall{.data = data}.refusal().starts_with("data.status_int: must be an integer")) << field;
  }
}

TEST(SpecialStatus, BelowTheOutermostObjectIsAFieldLikeAnyOther) {
  const std::string inner = R"({"status":5,"status_int":"x","username":[],"value":{},"timestamp":7})";
  EXPECT_EQ(EncodeCall{.data = "{\"a\":" + inner + "}"}.text(), "{\"a\":" + inner + "," + kNow + "}");
}

TEST(SpecialValue, IsTheScalarFieldWhenNoParameterIsGiven) {
  const auto value_of = [](const std::string& field) {
    return copy_of(EncodeCall{.data = "{\"value\":" + field + "}"}.run().state->value());
  };
  EXPECT_EQ(value_of("5"), Value(std::int64_t{5}));
  EXPECT_EQ(value_of("5.0"), Value(5.0));
  EXPECT_EQ(value_of("\"2025-01-15\""), Value(std::string("2025-01-15")));
  EXPECT_EQ(value_of("true"), Value(true));
  EXPECT_EQ(value_of("null"), Value());
  EXPECT_EQ(EncodeCall{.data = R"({"a":1,"value":5,"b":2,"timestamp":null})"}.text(), R"({"a":1,"b":2,)" + kNow + "}");
  EXPECT_EQ(EncodeCall{.data = R"({"value":5,"timestamp":null})"}.text(), "{" + kNow + "}");
}

TEST(SpecialValue, MustBeTheSameInParameterAndField) {
  const auto refusal = [](const std::string& field, const Value& value) {
    return EncodeCall{.data = "{\"value\":" + field + "}", .value = value}.refusal();
  };
  EXPECT_EQ(refusal("5", std::int64_t{5}), "accepted");
  EXPECT_EQ(refusal("null", std::int64_t{5}), "accepted");
  EXPECT_EQ(refusal("\"x\"", std::string("x")), "accepted");
  for (const auto& [field, value] : std::vector<std::pair<std::string, Value>>{{"6", std::int64_t{5}},
                                                                               {"5.0", std::int64_t{5}},
                                                                               {"1", true},
                                                                               {"true", std::int64_t{1}},
                                                                               {"\"5\"", std::int64_t{5}},
                                                                               {"false", true}}) {
    EXPECT_EQ(refusal(field, value), "data.value: differs from the parameter value; give one of the two") << field;
  }
}

TEST(SpecialValue, RefusesWhatItCannotKeep) {
  for (const char* field : {"[]", "{}", "[1]", "9223372036854775808"}) {
    const std::string data = "{\"value\":" + std::string(field) + "}";
    EXPECT_TRUE(EncodeCall{.data = data}.refusal().starts_with("data.value: must be")) << field;
    EXPECT_TRUE((EncodeCall{.data = data, .value = std::int64_t{1}}.refusal().starts_with("data.value: must be")))
        << field;
  }
}

TEST(SpecialValue, StaysInTheTextForABoolOnly) {
  EXPECT_EQ((EncodeCall{.value = true, .username = "ann"}.text()), "{" + kNow + R"(,"username":"ann","value":true})");
  EXPECT_EQ(EncodeCall{.data = R"({"value":false,"a":1,"timestamp":null})"}.text(),
            R"({"value":false,"a":1,)" + kNow + "}");
  EXPECT_EQ((EncodeCall{.data = R"({"value":null,"a":1,"timestamp":null})", .value = true}.text()),
            R"({"value":true,"a":1,)" + kNow + "}");
  EXPECT_EQ((EncodeCall{.data = R"({"value":true,"timestamp":null})", .value = true}.text()),
            R"({"value":true,)" + kNow + "}");
  EXPECT_EQ(EncodeCall{.value = std::string("x")}.text(), "{" + kNow + "}");
}

TEST(NormalizedDatetimes, AreFoundInNestedObjectsAndArraysAndNeverInNames) {
  EXPECT_EQ(
      EncodeCall{.data = R"({"a":"2025-01-15","b":{"c":["2025-01-15 10:30Z",{"d":"2025-01-15T10:30:00.5+02"}]}})"}
          .text(),
      R"({"a":"2025-01-15T00:00:00+00:00","b":{"c":["2025-01-15T10:30:00+00:00",{"d":"2025-01-15T10:30:00.500000+02:00"}]},)" +
          kNow + "}");
  EXPECT_EQ(EncodeCall{.data = R"({"2025-01-15":1})"}.text(), R"({"2025-01-15":1,)" + kNow + "}");
  EXPECT_EQ(EncodeCall{.data = R"({"a":["20240101","2024-W01-1","2025-01-15T10:30:00.1234567","2025-02-30"]})"}.text(),
            R"({"a":["20240101","2024-W01-1","2025-01-15T10:30:00.1234567","2025-02-30"],)" + kNow + "}");
  EXPECT_EQ((EncodeCall{.data = R"({"a":["2025-01-15"]})", .normalize_datetimes = false}.text()),
            R"({"a":["2025-01-15"],)" + kNow + "}");
}

TEST(ExtraColumns, TakeTheFieldsOfTheirNames) {
  const Schema schema = {
      {"n", ColumnType::int32}, {"text", ColumnType::string}, {"day", ColumnType::date}, {"missing", ColumnType::int8}};
  const Record record =
      EncodeCall{.data = R"({"text":"2025-01-15","n":5,"day":"2025-01-15T23:00-05:00","N":"x"})", .schema = schema}
          .run();
  const std::vector<ColumnValue> expected = {
      std::int64_t{5}, std::string("2025-01-15T00:00:00+00:00"), std::int64_t{20103}, {}};
  EXPECT_EQ(record.projection.extra, expected);
}

TEST(ExtraColumns, RefuseAFieldThatDoesNotFit) {
  const Schema schema = {{"n", ColumnType::int8}};
  EXPECT_EQ((EncodeCall{.data = R"({"n":200})", .schema = schema}.refusal()),
            "data.n: does not fit the extra_schema column of that name, which is TINYINT; found an integer");
  EXPECT_THROW((EncodeCall{.data = R"({"n":[1]})", .schema = schema}.run()), ExtraSchemaError);
  EXPECT_THROW((EncodeCall{.data = R"({"n":{}})", .schema = schema}.run()), ExtraSchemaError);
  EXPECT_EQ((EncodeCall{.data = R"({"a":{"n":"x"}})", .schema = schema}.refusal()), "accepted");
  EXPECT_EQ((EncodeCall{.data = R"({"n":null})", .schema = schema}.refusal()), "accepted");
}

TEST(ExtraColumns, NamedValueSeesWhatTheTextHas) {
  const Schema schema = {{"value", ColumnType::boolean}};
  EXPECT_EQ((EncodeCall{.data = "{}", .value = true, .schema = schema}.run().projection.extra[0]), ColumnValue(true));
  EXPECT_EQ((EncodeCall{.data = R"({"value":5})", .schema = schema}.run().projection.extra[0]), ColumnValue());
}

}  // namespace
}  // namespace cfp::model
