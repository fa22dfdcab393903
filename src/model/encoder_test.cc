#include "model/encoder.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <limits>

#include "base/hash.h"
#include "base/json.h"
#include "support/encode_call.h"
#include "support/property.h"
#include "support/random_document.h"

namespace cfp::model {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Encode, FillsTheWholeRecord) {
  const Record record = EncodeCall{.data = R"({"a":1,"status":"ok","status_int":7})",
                                   .value = std::int64_t{5},
                                   .timestamp = Timestamp("2025-01-15T10:30:00+02:00"),
                                   .username = "ann"}
                            .run();
  EXPECT_EQ(record.key(), "key");
  EXPECT_EQ(record.collection_name(), "collection");
  EXPECT_EQ(record.state->item_name(), "item");
  EXPECT_EQ(record.state->value(), model::ValueView(std::int64_t{5}));
  EXPECT_EQ(record.state->timestamp(), Timestamp("2025-01-15T10:30:00+02:00"));
  EXPECT_EQ(record.state->operation(), Operation::store);
  EXPECT_EQ(record.state->sequence, 0U);
  EXPECT_EQ(record.state->data(),
            R"({"a":1,"status":"ok","status_int":7,"timestamp":"2025-01-15T10:30:00+02:00","username":"ann"})");
  EXPECT_EQ(record.projection.status, "ok");
  EXPECT_EQ(record.projection.status_int, 7);
  EXPECT_EQ(record.projection.username, "ann");
  EXPECT_EQ(record.key_hash, base::hash64("key"));
  EXPECT_EQ(record.collection_hash, base::hash64("collection"));
  EXPECT_EQ(record.item_hash, item_hash("key", "collection", "item"));
}

TEST(Encode, KeepsTheOrderOfFieldsAndDropsWhiteSpace) {
  EXPECT_EQ(EncodeCall{.data = " { \"b\" : [ 1 , {\"z\":null,\"y\":[ ]} ] ,\n\"a\" : { } } "}.text(),
            R"({"b":[1,{"z":null,"y":[]}],"a":{},)" + kNow + "}");
  EXPECT_EQ(EncodeCall{}.text(), "{" + kNow + "}");
}

TEST(Encode, KeepsNumbersExactlyAndFloatsAsFloats) {
  EXPECT_EQ(EncodeCall{.data = R"([])"}.refusal(), "data: must be a JSON object");
  EXPECT_EQ(
      EncodeCall{.data =
                     R"({"n":[9223372036854775807,-9223372036854775808,18446744073709551615,1.0,-0.0,1e22,1E2,0.1]})"}
          .text(),
      R"({"n":[9223372036854775807,-9223372036854775808,18446744073709551615,1.0,-0.0,1e+22,100.0,0.1],)" + kNow + "}");
}

TEST(Encode, WritesTextWithTheFewestEscapes) {
  EXPECT_EQ(EncodeCall{.data = R"({"\u0061\n":"\u00e9\/\u0000\u001f\u0022"})"}.text(),
            "{\"a\\n\":\"\xc3\xa9/\\u0000\\u001f\\\"\"," + kNow + "}");
}

TEST(Encode, RefusesDataThatIsNoObject) {
  for (const char* data : {"[]", "1", "null", "\"a\"", "true", "[{}]"}) {
    EXPECT_EQ(EncodeCall{.data = data}.refusal(), "data: must be a JSON object") << data;
  }
  EXPECT_EQ(EncodeCall{.data = ""}.refusal(), "data: is empty");
  EXPECT_EQ(EncodeCall{.data = "{} {}"}.refusal(), "data: has text behind its end");
}

TEST(Encode, NamesThePathOfAnOffendingField) {
  EXPECT_EQ(EncodeCall{.data = "{\"address\":[1,2,{\"zip\":\"\xff\"}]}"}.refusal(),
            "data.address[2].zip: is not valid UTF-8");
  EXPECT_EQ(EncodeCall{.data = R"({"a":{"b":"\ud800"}})"}.refusal(), "data.a.b: has half of a surrogate pair");
  EXPECT_EQ(EncodeCall{.data = R"({"a":{"b":18446744073709551616}})"}.refusal(),
            "data.a.b: an integer outside 64 bits");
  EXPECT_EQ(EncodeCall{.data = R"({"a":[0,1e400]})"}.refusal(), "data.a[1]: a number outside the range of a double");
  EXPECT_EQ(EncodeCall{.data = R"({"a":NaN})"}.refusal(),
            "data.a: is not valid JSON; NaN and infinities have no JSON text");
}

TEST(Encode, AllowsAHundredLevelsAndNoMore) {
  const auto nested = [](std::size_t levels) {
    return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(EncodeCall{.data = nested(100)}.refusal(), "accepted");
  EXPECT_TRUE(EncodeCall{.data = nested(101)}.refusal().ends_with("[0]: nested deeper than 100"));
}

TEST(Encode, RefusesANameThatIsThereTwice) {
  EXPECT_EQ(EncodeCall{.data = R"({"a":1,"b":2,"a":3})"}.refusal(), "data.a: the name is there twice");
  EXPECT_EQ(EncodeCall{.data = R"({"a":1,"\u0061":3})"}.refusal(), "data.a: the name is there twice");
  EXPECT_EQ(EncodeCall{.data = R"({"x":[0,{"y":{"q":{},"a":1,"a":{}}}]})"}.refusal(),
            "data.x[1].y.a: the name is there twice");
  EXPECT_EQ(EncodeCall{.data = R"({"":1,"":1})"}.refusal(), "data.: the name is there twice");
  for (const char* name : {"timestamp", "status", "status_int", "username", "value"}) {
    const std::string twice = "{\"" + std::string(name) + "\":null,\"" + name + "\":null}";
    EXPECT_EQ(EncodeCall{.data = twice}.refusal(), "data." + std::string(name) + ": the name is there twice");
  }
  EXPECT_EQ(EncodeCall{.data = R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"}.refusal(), "accepted");
}

TEST(Encode, FindsADuplicateAtAnyTwoPlacesOfAnyNumberOfNames) {
  for (int count = 2; count <= 20; ++count) {
    for (int second = 1; second < count; ++second) {
      for (int first = 0; first < second; ++first) {
        std::string data;
        for (int i = 0; i < count; ++i) {
          const std::string name(static_cast<std::size_t>((i == second ? first : i) + 1), 'n');
          data.append(i == 0 ? "{\"" : ",\"").append(name).append("\":0");
        }
        ASSERT_TRUE(EncodeCall{.data = data + "}"}.refusal().ends_with("n: the name is there twice")) << data;
      }
    }
  }
}

TEST(Encode, FindsOneDuplicateAmongManyNames) {
  std::string names;
  for (int i = 0; i < 100'000; ++i) names += "\"n" + std::to_string(i) + "\":0,";
  EXPECT_EQ(EncodeCall{.data = "{" + names + "\"last\":0}"}.refusal(), "accepted");
  EXPECT_EQ(EncodeCall{.data = "{" + names + "\"n4711\":0}"}.refusal(), "data.n4711: the name is there twice");
}

TEST(Encode, IsNotSlowedDownByNamesMadeToCollide) {
  // All share the fingerprint of first and last bytes and size; comparing each with each would take minutes.
  std::string data = "{";
  for (int i = 0; i < 100'000; ++i) data += "\"aaaaaaaa" + std::to_string(1'000'000 + i) + "bbbbbbbb\":0,";
  EXPECT_EQ(EncodeCall{.data = data + "\"x\":0}"}.refusal(), "accepted");
}

TEST(Encode, AllowsNulInDataAndRefusesItInNames) {
  EXPECT_EQ(EncodeCall{.data = R"({"a\u0000":"\u0000"})"}.refusal(), "accepted");
  const std::string nul("a\0b", 3);
  EXPECT_EQ(EncodeCall{.key = nul}.refusal(), "key: must not have a NUL character");
  EXPECT_EQ(EncodeCall{.collection_name = nul}.refusal(), "collection_name: must not have a NUL character");
  EXPECT_EQ(EncodeCall{.item_name = nul}.refusal(), "item_name: must not have a NUL character");
}

TEST(Encode, AllowsNamesOf4096BytesOfUtf8) {
  EXPECT_EQ((EncodeCall{.key = std::string(4096, 'x'), .collection_name = "", .item_name = ""}.refusal()), "accepted");
  EXPECT_EQ(EncodeCall{.key = std::string(4097, 'x')}.refusal(), "key: must have at most 4,096 bytes");
  EXPECT_EQ(EncodeCall{.item_name = "\xff"}.refusal(), "item_name: is not valid UTF-8");
  EXPECT_EQ(EncodeCall{.collection_name = "\xed\xa0\x80"}.refusal(), "collection_name: is not valid UTF-8");
}

TEST(Encode, ChecksNamesBeforeDataAndDataBeforeColumns) {
  const Schema schema = {{"n", ColumnType::int32}};
  EXPECT_TRUE((EncodeCall{.data = "{", .key = "\xff"}.refusal().starts_with("key:")));
  EXPECT_EQ((EncodeCall{.data = R"({"n":"x","a":1,"a":2})", .schema = schema}.refusal()),
            "data.a: the name is there twice");
  EXPECT_TRUE((EncodeCall{.data = R"({"n":"x","a":1})", .schema = schema}.refusal().starts_with("data.n:")));
}

TEST(Encode, NeverRepeatsAValueInItsMessage) {
  const Schema schema = {{"n", ColumnType::int32}};
  for (const char* data : {R"({"timestamp":"secret"})", R"({"status_int":"secret"})", R"({"value":["secret"]})",
                           R"({"n":"secret"})", R"({"username":{"secret":1}})", R"({"a":secret})"}) {
    const std::string refusal = EncodeCall{.data = data, .schema = schema}.refusal();
    EXPECT_NE(refusal, "accepted") << data;
    EXPECT_EQ(refusal.find("secret"), std::string::npos) << refusal;
  }
}

TEST(Encode, IsAFixedPointOfItself) {
  EXPECT_TRUE(support::holds("encode(encode(x).data) == encode(x)", [](std::uint64_t seed, bool normalize,
                                                                       bool with_username) {
    EncodeCall call{.data = test::RandomDocument(seed).text, .normalize_datetimes = normalize};
    if (seed % 3 == 0) call.value = seed % 2 == 0;
    if (with_username) call.username = "2025-01-15";
    if (seed % 5 == 0) call.timestamp = Timestamp("2025-01-15T10:30:00.5-03:30");
    const Record once = call.run();
    const Record again = EncodeCall{.data = std::string(once.state->data()), .normalize_datetimes = normalize}.run();
    RC_ASSERT(again.state->data() == once.state->data());
    RC_ASSERT(again.state->value() == once.state->value());
    RC_ASSERT(again.state->timestamp() == once.state->timestamp());
    RC_ASSERT(again.projection.username == once.projection.username);
  }));
}

TEST(Encode, ChangesNothingButDateTimes) {
  EXPECT_TRUE(support::holds("the text says what the data said", [](std::uint64_t seed) {
    const test::RandomDocument document(seed);
    test::Transcript said;
    json::walk(EncodeCall{.data = document.text, .normalize_datetimes = false}.text(), said);
    std::string expected = document.said.lines;
    expected.insert(expected.size() - 2, "field timestamp\nstring 2025-06-01T12:00:00+00:00\n");
    RC_ASSERT(said.lines == expected);
  }));
}

TEST(Encode, AllowsAnyValueButTextThatIsNotUtf8) {
  EXPECT_TRUE(std::isnan(std::get<double>(EncodeCall{.value = kNan}.run().state->value())));
  EXPECT_EQ(EncodeCall{.value = std::numeric_limits<double>::infinity()}.refusal(), "accepted");
  EXPECT_EQ(EncodeCall{.value = std::string("a\0b", 3)}.refusal(), "accepted");
  EXPECT_EQ(EncodeCall{.value = std::string("\xff")}.refusal(), "value: is not valid UTF-8");
}

}  // namespace
}  // namespace cfp::model
