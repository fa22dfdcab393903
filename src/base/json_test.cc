#include "base/json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json_fault.h"
#include "support/property.h"
#include "support/random_document.h"

namespace cfp::json {
namespace {

using test::RandomDocument;
using test::Transcript;

std::string walked(std::string_view text, int max_depth = 100) {
  Transcript transcript;
  walk(text, transcript, max_depth);
  return transcript.lines;
}

std::string refusal(std::string_view text, int max_depth = 100) {
  try {
    walked(text, max_depth);
  } catch (const Error& e) {
    return e.what();
  }
  return "accepted";
}

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

TEST(Walk, ReportsThePartsInOrder) {
  EXPECT_EQ(walked(R"( {"b":[1,-2,18446744073709551615,1.5,true],"a":{"x":null,"y":"t\u00e9\ud83d\ude00"}} )"),
            "{\nfield b\n[\ninteger 1\ninteger -2\nunsigned 18446744073709551615\nreal 4609434218613702656\ntrue\n]\n"
            "field a\n{\nfield x\nnull\nfield y\nstring t\xc3\xa9\xf0\x9f\x98\x80\n}\n}\n");
  EXPECT_EQ(walked("9223372036854775808"), "unsigned 9223372036854775808\n");
  EXPECT_EQ(walked("-9223372036854775808"), "integer -9223372036854775808\n");
  EXPECT_EQ(walked("-0"), "integer 0\n");
  EXPECT_EQ(walked(R"("\u0000")"), std::string("string \0\n", 9));
}

TEST(Walk, ReadsAnyDocumentAsItWasMeant) {
  EXPECT_TRUE(support::holds("walk(document)", [](std::uint64_t seed) {
    const RandomDocument document(seed);
    RC_ASSERT(walked(document.text) == document.said.lines);
  }));
}

TEST(Walk, NeedsNoRoomBehindTheText) {
  const std::string text = R"({"a":[1,2,3],"b":"text"})";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_NE(refusal(std::string_view(exact.data(), exact.size())), "accepted") << size;
  }
}

TEST(Walk, RefusesWhatIsNotExactlyOneDocument) {
  for (const char* text :
       {"",          " ",        "\n",        "{} x",      "{}{}",       "1 2",         "{}]",   "\xef\xbb\xbf{}",
        "{",         "[",        "\"a",       "{\"a\":1",  "{\"a\":1,}", "[1,]",        "[,1]",  "{\"a\"}",
        "{a:1}",     "{1:2}",    "{null:1}",  "{'a':1}",   "tru",        "nulll",       "True",  "NaN",
        "[NaN]",     "Infinity", "-Infinity", "01",        "1.",         ".5",          "+1",    "-",
        "1e",        "1e+",      "0x10",      "1_000",     "//",         "{}//",        "[1 2]", "[1}",
        "{\"a\":1]", "\"\x01\"", "\"a\nb\"",  "\"\\x41\"", "\"\\u12\"",  "\"\\u12g4\"", "\"\\"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
  EXPECT_NE(refusal(std::string_view("{}\0", 3)), "accepted");
}

TEST(Walk, RefusesTextThatIsNotUtf8AndNamesThePath) {
  EXPECT_EQ(refusal("{\"a\":{\"b\":\"\xff\"}}"), ".a.b: is not valid UTF-8");
  EXPECT_EQ(refusal("{\"a\":[1,\"\xc0\xaf\"]}"), ".a[1]: is not valid UTF-8");   // overlong
  EXPECT_EQ(refusal("{\"a\":\"\xed\xa0\x80\"}"), ".a: is not valid UTF-8");      // a surrogate in UTF-8
  EXPECT_EQ(refusal("{\"a\":\"\xf4\x90\x80\x80\"}"), ".a: is not valid UTF-8");  // above U+10FFFF
  EXPECT_EQ(refusal("{\"x\":1,\"\xff\":1}"), "the name of a field is not valid UTF-8");
}

TEST(Walk, RefusesHalvesOfSurrogatePairs) {
  for (const char* half : {"\\ud800", "\\udbff", "\\udc00", "\\udfff", "\\ud800x", "\\ud800\\u0041", "\\ud800\\ud800",
                           "\\udc00\\ud800", "\\ud800\\ue000", "\\ud800\\n", "\\uD83D\\uDBFF"}) {
    EXPECT_EQ(refusal("{\"a\":\"" + std::string(half) + "\"}"), ".a: has half of a surrogate pair") << half;
    EXPECT_NE(refusal("{\"" + std::string(half) + "\":1}"), "accepted") << half;
  }
}

TEST(Walk, RefusesNumbersItCannotKeep) {
  EXPECT_EQ(refusal("{\"a\":18446744073709551616}"), ".a: an integer outside 64 bits");
  EXPECT_EQ(refusal("[-9223372036854775809]"), "[0]: an integer outside 64 bits");
  EXPECT_EQ(refusal("[1,100000000000000000000000000000000]"), "[1]: an integer outside 64 bits");
  EXPECT_EQ(refusal("{\"a\":[0,1e400]}"), ".a[1]: a number outside the range of a double");
  EXPECT_EQ(refusal("-1e400"), "a number outside the range of a double");
  EXPECT_EQ(refusal("1e99999999999999999999"), "a number outside the range of a double");
  EXPECT_EQ(walked("1e-400"), walked("0.0"));
}

TEST(Walk, CountsNestingExactly) {
  EXPECT_EQ(refusal(nested(100)), "accepted");
  EXPECT_NE(refusal(nested(101)).find("nested deeper than 100"), std::string::npos);
  EXPECT_NE(refusal(nested(100'000)).find("nested deeper than 100"), std::string::npos);
  EXPECT_EQ(refusal("{\"a\":{}}", 2), "accepted");
  EXPECT_EQ(refusal("{\"a\":{}}", 1), ".a: nested deeper than 1");
  EXPECT_EQ(refusal("[[1,[]]]", 2), "[0][1]: nested deeper than 2");
}

TEST(Walk, NeverRepeatsAValueInItsMessage) {
  for (const char* text :
       {"{\"a\":\"secret\\q\"}", "{\"a\":secret}", "secret", "{\"a\":\"secret\xff\"}", "{\"a\":\"secret\" 1}"}) {
    EXPECT_EQ(refusal(text).find("secret"), std::string::npos) << text;
  }
}

TEST(Walk, MayBeUsedByAVisitorOfAWalk) {
  class Inner final : public Visitor {
   public:
    std::string said;
    void null() override {}
    void boolean(bool) override {}
    void integer(std::int64_t value) override { said += std::to_string(value) + walked("[\"inner text\"]"); }
    void unsigned_integer(std::uint64_t) override {}
    void real(double) override {}
    void string(std::string_view value) override { said += value; }
    void begin_object() override {}
    void field(std::string_view) override {}
    void end_object() override {}
    void begin_array() override {}
    void end_array() override {}
  };
  Inner visitor;
  walk(R"(["one",2,"three",4])", visitor);
  EXPECT_EQ(visitor.said, "one2[\nstring inner text\n]\nthree4[\nstring inner text\n]\n");
}

TEST(Walk, ReadsADocumentOfMegabytes) {
  std::string text = "[";
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i) + ",";
  text += "\"end\"]";
  EXPECT_TRUE(walked(text).ends_with("integer 199999\nstring end\n]\n"));
}

// simdjson and our own search for the fault must judge every text alike, or a message would be missing or wrong.
TEST(FindFault, FindsOneExactlyWhereWalkRefuses) {
  EXPECT_TRUE(support::holds("find_fault agrees with walk", [](std::uint64_t seed, std::uint16_t edits) {
    std::mt19937_64 random(seed);
    std::string text = RandomDocument(seed, 2).text;
    for (unsigned i = 0; i < edits % 4U; ++i) {
      const std::size_t at = random() % text.size();
      constexpr std::string_view kBytes = "{}[]\",:\\u0123456789.eE+-tfn \xff\x80\xc3\x01";
      if (random() % 3 == 0) {
        text.erase(at, 1);
      } else {
        text.insert(at, 1, kBytes[random() % kBytes.size()]);
      }
      if (text.empty()) text = "1";
    }
    Transcript transcript;
    bool refused = false;
    try {
      walk(text, transcript);
    } catch (const Error&) {
      refused = true;
    }
    RC_LOG() << text << "\n" << find_fault(text, 100) << "\n";
    RC_ASSERT(refused == !find_fault(text, 100).empty());
  }));
}

TEST(FindFault, CutsLongNamesBetweenCharacters) {
  std::string path;
  append_path(path, "short");
  append_path(path, std::size_t{7});
  EXPECT_EQ(path, ".short[7]");
  std::string name = "x";
  for (int i = 0; i < 100; ++i) name += "\xe2\x82\xac";
  path.clear();
  append_path(path, name);
  EXPECT_TRUE(is_utf8(path));
  EXPECT_LT(path.size(), 70U);
  EXPECT_TRUE(path.ends_with("..."));
}

}  // namespace
}  // namespace cfp::json
