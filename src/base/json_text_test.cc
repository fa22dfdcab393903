#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <memory_resource>
#include <optional>

#include "base/json.h"
#include "support/json_tokens.h"
#include "support/property.h"
#include "support/random_document.h"

namespace cfp::json {
namespace {

using test::in_quotes;
using test::text_of_real;

std::string walked(std::string_view text) {
  test::Transcript transcript;
  walk(text, transcript);
  return transcript.lines;
}

TEST(AppendString, EscapesOnlyWhatMustBeEscaped) {
  EXPECT_EQ(in_quotes(""), R"("")");
  EXPECT_EQ(in_quotes("plain / text \x7f \xc3\xa9 \xf0\x9f\x98\x80"),
            "\"plain / text \x7f \xc3\xa9 \xf0\x9f\x98\x80\"");
  EXPECT_EQ(in_quotes("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(in_quotes(std::string_view("\0\x01\x1f", 3)), R"("\u0000\u0001\u001f")");
  EXPECT_EQ(in_quotes("a text of more than sixteen bytes\nand a second line of it"),
            R"("a text of more than sixteen bytes\nand a second line of it")");
}

TEST(AppendString, FindsWhatMustBeEscapedAtEveryPlaceOfEverySize) {
  for (std::size_t size = 1; size <= 70; ++size) {
    std::string plain(size, ' ');
    for (std::size_t i = 0; i < size; ++i) plain[i] = static_cast<char>('#' + i % 50);
    EXPECT_EQ(in_quotes(plain), '"' + plain + '"');
    for (std::size_t at = 0; at < size; ++at) {
      std::string with_quote = plain;
      with_quote[at] = '"';
      EXPECT_EQ(in_quotes(with_quote), '"' + plain.substr(0, at) + "\\\"" + plain.substr(at + 1) + '"')
          << size << ' ' << at;
      EXPECT_EQ(unquote(in_quotes(with_quote)), with_quote) << size << ' ' << at;
    }
  }
}

TEST(AppendString, WritesMuchMoreThanFitsWithoutAllocation) {
  const std::string controls(100'000, '\x01');
  std::string expected = "\"";
  for (std::size_t i = 0; i < controls.size(); ++i) expected += "\\u0001";
  EXPECT_EQ(in_quotes(controls), expected + '"');
  EXPECT_EQ(unquote(in_quotes(controls)), controls);
}

TEST(AppendString, IsReadBackByWalkAndUnquote) {
  EXPECT_TRUE(support::holds("unquote(append_string(x)) == x", [](std::uint64_t seed) {
    const auto value = test::RandomDocument(seed).said.lines;  // valid UTF-8 with every kind of character
    RC_ASSERT(unquote(in_quotes(value)) == value);
    RC_ASSERT(walked(in_quotes(value)) == "string " + value + "\n");
  }));
}

TEST(AppendReal, AlwaysHasAPointOrAnExponent) {
  EXPECT_EQ(text_of_real(1), "1.0");
  EXPECT_EQ(text_of_real(-0.0), "-0.0");
  EXPECT_EQ(text_of_real(1.75), "1.75");
  EXPECT_EQ(text_of_real(0.1), "0.1");
  EXPECT_EQ(text_of_real(1e22), "1e+22");
  EXPECT_EQ(text_of_real(5e-324), "5e-324");
  EXPECT_EQ(text_of_real(1.7976931348623157e308), "1.7976931348623157e+308");
}

TEST(AppendReal, IsReadBackAsTheSameDouble) {
  EXPECT_TRUE(support::holds("to_double(append_real(x)) == x", [](std::uint64_t seed) {
    const auto value = std::bit_cast<double>(std::mt19937_64(seed)());
    if (!std::isfinite(value)) return;
    const auto read = to_double(text_of_real(value));
    RC_ASSERT(read.has_value());
    RC_ASSERT(std::bit_cast<std::uint64_t>(*read) == std::bit_cast<std::uint64_t>(value));
    RC_ASSERT(walked(text_of_real(value)) == "real " + std::to_string(std::bit_cast<std::uint64_t>(value)) + "\n");
    RC_ASSERT(!to_int64(text_of_real(value)));
  }));
}

TEST(AppendInteger, IsReadBackExactly) {
  EXPECT_TRUE(support::holds("integers", [](std::int64_t value, std::uint64_t positive) {
    base::TextBuffer text;
    append_integer(text, value);
    RC_ASSERT(to_int64(text.view()) == value);
    text.clear();
    append_unsigned(text, positive);
    RC_ASSERT(to_uint64(text.view()) == positive);
  }));
}

TEST(ToInt64, TakesOnlyWholeTokensInRange) {
  EXPECT_EQ(to_int64("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(to_int64("-0"), 0);
  for (const char* text :
       {"", "-", "+1", " 1", "1 ", "01", "-01", "1.0", "1e3", "0x1", "9223372036854775808", "\"1\"", "true"}) {
    EXPECT_FALSE(to_int64(text)) << text;
  }
  EXPECT_EQ(to_uint64("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(to_uint64("18446744073709551616"));
  EXPECT_FALSE(to_uint64("-1"));
}

TEST(ToDouble, TakesWhatJsonCallsANumberAndADoubleCanHold) {
  EXPECT_EQ(to_double("5"), 5.0);
  EXPECT_EQ(to_double("-1.5E+3"), -1500.0);
  EXPECT_TRUE(std::signbit(*to_double("-0.0")));
  for (const char* text : {"", "-", "inf", "nan", "-inf", "1.", ".5", "+1", "1e", "01.5", "1.5 ", "1e400", "-1e400",
                           "0x1p3", "1..5", "1.e5", "1e99999999999999999999"}) {
    EXPECT_FALSE(to_double(text)) << text;
  }
  EXPECT_FALSE(to_double("1" + std::string(400, '0') + "e-1"));
}

TEST(ToDouble, ReadsWhatIsTooSmallAsZero) {
  EXPECT_EQ(to_double("1e-400"), 0.0);
  EXPECT_TRUE(std::signbit(*to_double("-1e-400")));
  EXPECT_EQ(to_double("0." + std::string(400, '0') + "1e+5"), 0.0);
  EXPECT_EQ(to_double("1e-99999999999999999999"), 0.0);
  EXPECT_EQ(to_double("0e99999999999999999999"), 0.0);
}

TEST(Unquote, ResolvesEscapes) {
  EXPECT_EQ(unquote(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unquote(R"("\u0041\u00e9\u20AC\ud83d\ude00")"), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(unquote(R"("\u0000")"), std::string(1, '\0'));
}

TEST(Unquote, RefusesWhatIsNotOneString) {
  for (const char* raw :
       {"", "\"", "a", "\"a", "a\"", "\"a\"b\"", "\"\\\"", "\"\\q\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"",
        "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\\ud800\\u12\"", "\"\xff\"", "\"\n\""}) {
    EXPECT_THROW(unquote(raw), Error) << raw;
  }
}

TEST(Unquote, CopiesOnlyWhatDoesNotStandForItself) {
  const std::string sixteen = "0123456789abcdef";
  for (const std::string& text : {std::string(), std::string("a"), sixteen, sixteen + "g", sixteen + sixteen}) {
    const std::string raw = "\"" + text + "\"";
    const std::string_view found = unquote(raw, *std::pmr::null_memory_resource());
    EXPECT_EQ(found, text);
    EXPECT_EQ(found.data(), raw.data() + 1);
  }
  std::pmr::monotonic_buffer_resource memory;
  const std::string_view first = unquote(R"("a\n")", memory);
  const std::string_view second = unquote("\"\xc3\xa9\"", memory);
  EXPECT_EQ(first, "a\n");
  EXPECT_EQ(second, "\xc3\xa9");
}

TEST(Unquote, IsTheSameWithoutACopy) {
  EXPECT_TRUE(support::holds("unquote(x, memory) == unquote(x)", [](std::uint64_t seed, std::uint8_t edits) {
    std::mt19937_64 random(seed);
    std::string raw = in_quotes(test::RandomDocument(seed).text.substr(0, random() % 80));
    for (unsigned i = 0; i < edits % 3U; ++i) raw[random() % raw.size()] = static_cast<char>(random());
    std::optional<std::string> expected, found;
    try {
      expected = unquote(raw);
    } catch (const Error&) {
    }
    std::pmr::monotonic_buffer_resource memory;
    try {
      found = unquote(raw, memory);
    } catch (const Error&) {
    }
    RC_ASSERT(found == expected);
  }));
}

TEST(IsUtf8, KnowsSurrogatesAndOverlongForms) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string_view("a\0\xf4\x8f\xbf\xbf", 6)));
  for (const char* text : {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xff"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace cfp::json
