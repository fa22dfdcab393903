#include "cfp/data.h"

#include <gtest/gtest.h>

#include <limits>

#include "cfp/error.h"

namespace cfp {
namespace {

TEST(Data, BuildsTextInTheOrderOfItsFields) {
  Data inner;
  inner.set("zip", "8000");
  const Data data = Data()
                        .set("none", nullptr)
                        .set("flag", true)
                        .set("small", 5)
                        .set("big", std::uint64_t{18446744073709551615U})
                        .set("low", std::numeric_limits<std::int64_t>::min())
                        .set("real", 2.0)
                        .set("text", "a\"\n")
                        .set("at", Timestamp("2025-01-15"))
                        .set("inner", inner)
                        .set_json("list", "[1, 2]");
  EXPECT_EQ(data.text(),
            R"({"none":null,"flag":true,"small":5,"big":18446744073709551615,"low":-9223372036854775808,"real":2.0,)"
            R"("text":"a\"\n","at":"2025-01-15T00:00:00+00:00","inner":{"zip":"8000"},"list":[1, 2]})");
  EXPECT_EQ(Data::parse(data.text()), data);
}

TEST(Data, AppendsToTextWithWhiteSpace) {
  EXPECT_EQ(Data(" { } \n").set("a", 1).text(), " { \"a\":1}");
  EXPECT_EQ(Data("{\"a\":{} }").set("b", 1).text(), "{\"a\":{} ,\"b\":1}");
  EXPECT_EQ(Data("{\"a\":\"{\"}").set("b", 1).text(), "{\"a\":\"{\",\"b\":1}");
  for (const char* text : {"", " ", "}", " }", "[]", "null"}) {
    EXPECT_THROW(Data(text).set("a", 1), InvalidRecordError) << text;
  }
}

TEST(Data, TakesAPartOfItselfAsAField) {
  Data data("{\"a\":1}");
  data.set("self", data).set("text", std::string_view(data.text()));
  EXPECT_EQ(data.get_json("self"), "{\"a\":1}");
  EXPECT_EQ(data.get_string("text"), "{\"a\":1,\"self\":{\"a\":1}}");
}

TEST(Data, GetsFieldsByTheirType) {
  const Data data(
      R"({"n":null,"b":false,"i":-5,"u":18446744073709551615,"r":1.5,"s":"t\u00e9","o":{"x":[1]},"t":"2025-01-15T10:30+02:00"})");
  EXPECT_EQ(data.names(), (std::vector<std::string>{"n", "b", "i", "u", "r", "s", "o", "t"}));
  EXPECT_TRUE(data.contains("n"));
  EXPECT_FALSE(data.contains("x"));
  EXPECT_EQ(data.get_bool("b"), false);
  EXPECT_EQ(data.get_int("i"), -5);
  EXPECT_EQ(data.get_double("i"), -5.0);
  EXPECT_EQ(data.get_double("r"), 1.5);
  EXPECT_EQ(data.get_string("s"), "t\xc3\xa9");
  EXPECT_EQ(data.get_json("o"), R"({"x":[1]})");
  EXPECT_EQ(data.get_json("u"), "18446744073709551615");
  EXPECT_EQ(data.get_timestamp("t"), Timestamp("2025-01-15T10:30+02:00"));
}

TEST(Data, GetsNothingOfAnotherType) {
  const Data data(R"({"i":5,"u":18446744073709551615,"r":1.5,"s":"5","b":true})");
  EXPECT_FALSE(data.get_int("r"));
  EXPECT_FALSE(data.get_int("u"));
  EXPECT_FALSE(data.get_int("s"));
  EXPECT_FALSE(data.get_int("b"));
  EXPECT_FALSE(data.get_double("s"));
  EXPECT_FALSE(data.get_string("i"));
  EXPECT_FALSE(data.get_bool("i"));
  EXPECT_FALSE(data.get_timestamp("s"));
  EXPECT_FALSE(data.get_json("missing"));
}

TEST(Data, ResolvesEscapesInNames) {
  const Data data(R"({"a\u0062":1,"\"":2})");
  EXPECT_EQ(data.get_int("ab"), 1);
  EXPECT_EQ(data.get_int("\""), 2);
  EXPECT_EQ(data.names(), (std::vector<std::string>{"ab", "\""}));
}

TEST(Data, GettersRefuseTextThatIsNoObject) {
  EXPECT_THROW(static_cast<void>(Data("[]").names()), InvalidRecordError);
  EXPECT_THROW(static_cast<void>(Data("{\"a\":").get_int("a")), InvalidRecordError);
  EXPECT_THROW(static_cast<void>(Data("{\"a\":\"\\ud800\"}").get_string("a")), InvalidRecordError);
}

TEST(Data, ParseRefusesWhatStoreWouldRefuse) {
  const auto refusal = [](const char* text) {
    try {
      Data::parse(text);
    } catch (const InvalidRecordError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refusal(R"({"a":{"b":[1,1e400]}})"), "data.a.b[1]: a number outside the range of a double");
  EXPECT_EQ(refusal(R"({"a":{"b":1,"b":2}})"), "data.a.b: the name is there twice");
  EXPECT_EQ(refusal("[1]"), "data: must be a JSON object");
  EXPECT_EQ(refusal(""), "data: is empty");
  EXPECT_EQ(refusal(R"( {"a" : 1.50} )"), "accepted");
  EXPECT_EQ(Data::parse(R"( {"a" : 1.50} )").text(), R"( {"a" : 1.50} )");
}

TEST(Data, SetJsonLetsNoFieldOfItsOwnIn) {
  for (const char* json : {"", "1,\"username\":\"root\"", "1}", "{", "nan", "\"a", "[1]]"}) {
    EXPECT_THROW(Data().set_json("a", json), InvalidRecordError) << json;
  }
  EXPECT_EQ(Data().set_json("a", " [1] ").text(), R"({"a": [1] })");
}

TEST(Data, RefusesNumbersThatJsonLacks) {
  EXPECT_THROW(Data().set("a", std::numeric_limits<double>::quiet_NaN()), InvalidRecordError);
  EXPECT_THROW(Data().set("a", -std::numeric_limits<double>::infinity()), InvalidRecordError);
}

}  // namespace
}  // namespace cfp
