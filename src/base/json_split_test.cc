#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json.h"
#include "support/property.h"
#include "support/random_document.h"

namespace cfp::json {
namespace {

using test::RandomDocument;
using test::Transcript;

bool splits(std::string_view text) {
  try {
    static_cast<void>(Fields(text));
    return true;
  } catch (const Error&) {
    return false;
  }
}

TEST(Split, GivesEachFieldWithItsTextAndKind) {
  const Fields fields(R"( { "a" : 1 , "b":"x,\"}", "c":{"d":[1,{"e":"]}"}]} ,"f":[ ],"g":null,"h":true,"i":-1.5e3} )");
  ASSERT_EQ(fields.size(), 7U);
  const std::vector<std::pair<std::string_view, std::string_view>> expected = {
      {"a", "1"},    {"b", R"("x,\"}")"}, {"c", R"({"d":[1,{"e":"]}"}]})"}, {"f", "[ ]"}, {"g", "null"},
      {"h", "true"}, {"i", "-1.5e3"}};
  const std::vector<Kind> kinds = {Kind::number, Kind::string,  Kind::object, Kind::array,
                                   Kind::null,   Kind::boolean, Kind::number};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(fields[i].name, expected[i].first);
    EXPECT_EQ(fields[i].raw, expected[i].second);
    EXPECT_EQ(fields[i].kind, kinds[i]);
  }
}

TEST(Split, GivesManyFields) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":" + std::to_string(i);
  text += '}';
  const Fields fields(text);
  ASSERT_EQ(fields.size(), 1000U);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(fields[i].name, std::to_string(i));
    EXPECT_EQ(fields[i].raw, std::to_string(i));
  }
  EXPECT_EQ(Fields("{}").size(), 0U);
}

TEST(Split, AgreesWithWalkOnAnyDocument) {
  EXPECT_TRUE(support::holds("split == walk", [](std::uint64_t seed) {
    const RandomDocument document(seed);
    Transcript parts;
    parts.begin_object();
    for (const Field& field : Fields(document.text)) {
      parts.field(unquote("\"" + std::string(field.name) + "\""));
      walk(field.raw, parts);
    }
    parts.end_object();
    RC_ASSERT(parts.lines == document.said.lines);
  }));
}

TEST(Split, FollowsBackslashesAcrossBlocks) {
  for (std::size_t padding = 0; padding < 140; ++padding) {
    for (std::size_t backslashes = 0; backslashes < 6; ++backslashes) {
      // An even number of backslashes is text; with one more the quote behind them is text too.
      const std::string inner = std::string(padding, 'x') + std::string(2 * backslashes, '\\');
      const std::string nested = "{\"n\":[\"" + inner + "\",\"" + inner + "\\\"]}\"]}";
      const std::string text = "{\"a\":" + nested + ",\"b\":\"" + inner + "\\\"\"}";
      const Fields fields(text);
      ASSERT_EQ(fields.size(), 2U) << text;
      ASSERT_EQ(fields[0].raw, nested);
      ASSERT_EQ(fields[1].raw, "\"" + inner + "\\\"\"");
    }
  }
}

TEST(Split, RefusesABrokenOuterStructure) {
  for (const char* text : {"",
                           " ",
                           "[]",
                           "1",
                           "null",
                           "\"a\"",
                           "{",
                           "}",
                           "{}}",
                           "{} x",
                           "{,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"a\" 1}",
                           "{a:1}",
                           "{\"a\":1 2}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":\"x}",
                           "{\"a\":\"x\" \"y\"}",
                           "{\"a\":{}",
                           "{\"a\":[[]}",
                           "{\"a\":tru}",
                           "{\"a\":truex}",
                           "{\"a\":nul}",
                           "{\"a\":x}",
                           "{\"a\":{}x}",
                           "{\"a\":\"\\\"}",
                           "{\"a\":\"\\",
                           "{\"a",
                           "{\"a\":\"\\\\\\\"}"}) {
    EXPECT_FALSE(splits(text)) << text;
  }
  EXPECT_FALSE(splits(std::string_view("{}\0", 3)));
}

// Each text is in a block of exactly its size, so that a sanitizer sees a read behind it.
TEST(Split, StaysInsideOfAnyText) {
  EXPECT_TRUE(support::holds("no read outside", [](std::uint64_t seed, std::uint16_t cut, std::uint8_t edits) {
    std::mt19937_64 random(seed);
    std::string text = RandomDocument(seed).text;
    for (unsigned i = 0; i < edits % 8U; ++i) {
      constexpr std::string_view kBytes = "{}[]\",:\\ 0";
      text[random() % text.size()] = kBytes[random() % kBytes.size()];
    }
    const std::size_t size = std::min<std::size_t>(text.size(), cut);
    const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    const std::string_view view(exact.data(), exact.size());
    if (!splits(view)) return;
    for (const Field& field : Fields(view)) {
      RC_ASSERT(field.raw.data() >= view.data());
      RC_ASSERT(field.raw.data() + field.raw.size() <= view.data() + view.size());
      RC_ASSERT(!field.raw.empty());
    }
  }));
}

}  // namespace
}  // namespace cfp::json
