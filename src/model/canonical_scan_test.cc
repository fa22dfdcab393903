// A text that is taken as it is would be written the same byte for byte by the long way: what is stored does not depend
// on who wrote the text.

#include "model/canonical_scan.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "cfp/error.h"
#include "model/canonical_text.h"
#include "support/effort.h"
#include "support/encode_call.h"

namespace cfp::model {
namespace {

bool is_taken(std::string_view text, bool normalize_datetimes = true) {
  return CanonicalScan(text, normalize_datetimes).is_canonical();
}

/// What `read` writes of a text; nothing for what it refuses.
template <class Read>
std::optional<std::string> written_by(bool normalize_datetimes, const Read& read) {
  base::TextBuffer out;
  CanonicalText canonical(out, normalize_datetimes);
  try {
    read(canonical);
  } catch (const json::Error&) {
    return std::nullopt;
  } catch (const InvalidRecordError&) {
    return std::nullopt;
  }
  return std::string(out.view());
}

std::optional<std::string> written(std::string_view text, bool normalize_datetimes = true) {
  return written_by(normalize_datetimes, [text](CanonicalText& canonical) { json::walk(text, canonical); });
}

std::string field(std::string_view value) { return std::string("{\"a\":").append(value).append("}"); }

/// Whether the text is taken as it is; what becomes of it must be what the long way makes of it.
bool is_taken_rightly(const std::string& text) {
  bool is_any = false;
  for (const bool normalize : {true, false}) {
    if (!is_taken(text, normalize)) continue;
    is_any = true;
    const auto read = written_by(normalize, [&text](CanonicalText& canonical) { canonical.read(text); });
    EXPECT_EQ(read, written(text, normalize)) << text;
    EXPECT_TRUE(!read || *read == text) << text;
  }
  return is_any;
}

TEST(CanonicalScan, KnowsWhatProgramsWrite) {
  for (const char* const value : {"null",
                                  "true",
                                  "false",
                                  "0",
                                  "-1",
                                  "123456789012345678",
                                  "0.5",
                                  "-12.75",
                                  "1.0",
                                  "12345.0",
                                  "0.001",
                                  "1234567.12345678",
                                  "\"\"",
                                  "\"a\"",
                                  "\"text of more than sixteen bytes\"",
                                  "\"Gr\xc3\xbc\xc3\x9f"
                                  "e\"",
                                  "[]",
                                  "{}",
                                  "[1,\"a\",[],{\"b\":null}]",
                                  "{\"b\":{\"c\":[1.5]},\"d\":2}",
                                  "\"2025-06-30T12:00:00+02:00\"",
                                  "\"2025-06-30T12:00:00.000001+00:00\"",
                                  "\"2025\"",
                                  "\"\x7f\""}) {
    EXPECT_TRUE(is_taken(field(value))) << value;
    EXPECT_TRUE(is_taken_rightly(field(value)));
  }
  EXPECT_TRUE(is_taken("{}"));
  EXPECT_TRUE(is_taken(field(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1})")));
  EXPECT_FALSE(is_taken(field(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1})"))) << "nine names within";
}

TEST(CanonicalScan, LeavesToTheLongWayWhatIsWrittenOtherwiseOrIsNoJson) {
  for (const char* const value : {"01",
                                  "-0",
                                  "-",
                                  "1.",
                                  ".5",
                                  "1.50",
                                  "100000.0",
                                  "0.0001",
                                  "-0.0",
                                  "1e5",
                                  "1E5",
                                  "+1",
                                  "0x1",
                                  "NaN",
                                  "Infinity",
                                  "9223372036854775808",
                                  "1234567890123456789",
                                  "1.234567890123456",
                                  "nul",
                                  "True",
                                  "\"a",
                                  "\"\\u0061\"",
                                  "\"\\/\"",
                                  "\"\n\"",
                                  "\"\xff\"",
                                  "\"\xed\xa0\x80\"",
                                  "[1,]",
                                  "[1",
                                  "[1}",
                                  "{\"b\":1,\"b\":2}",
                                  "{\"b\":1,}",
                                  "{\"b\"}",
                                  "{1:2}",
                                  "\"2025-06-30\"",
                                  "\"2025-06-30T12:00:00Z\"",
                                  "[\"2025-06-30 12:00\"]",
                                  "",
                                  "1 ",
                                  "\"a\",1",
                                  "[[[[[[[[1]]]]]]]]"}) {
    EXPECT_FALSE(is_taken(field(value))) << value;
  }
  for (const char* const text :
       {"", "{", "}", "[]", "1", "\"a\"", " {}", "{} ", "{}}", "{\"a\":1", "{\"a\":1,}", "{\"a\" :1}"}) {
    EXPECT_FALSE(is_taken(text)) << text;
  }
  EXPECT_TRUE(is_taken(field("\"2025-06-30\""), false)) << "where date-times stay as they are";
}

TEST(CanonicalScan, OfARealIsWhatTheLongWayWrites) {
  std::size_t taken = 0, tried = 0;
  const auto check = [&](const std::string& number) {
    ++tried;
    taken += is_taken_rightly(field(number)) ? 1U : 0U;
  };
  for (const char* const whole : {"0", "1", "9", "10", "99", "100", "1000", "12345", "90000", "99999", "100000",
                                  "123456", "1000000", "12345678901", "99999999999999"}) {
    for (const char* const sign : {"", "-"}) {
      for (int decimals = 0; decimals < 1000; ++decimals) {
        for (const char* const zeros : {"", "0", "00", "000", "0000"}) {
          check(std::string(sign).append(whole).append(".").append(zeros).append(std::to_string(decimals)));
        }
      }
    }
  }
  EXPECT_GT(taken, tried / 2);
  support::report_count("property cases", tried);
}

/// Texts that are canonical but for what a dice changed: bytes put in, taken out, or in another place.
class ChangedText {
 public:
  explicit ChangedText(std::uint64_t seed) : random_(seed) {}

  std::string next() {
    std::string text = "{";
    for (std::size_t i = 0, count = below(5); i < count; ++i) {
      text.append(i == 0 ? "" : ",").append("\"").append(i, 'n').append("\":").append(value(3));
    }
    text += "}";
    for (std::size_t i = 0, count = below(3); i < count; ++i) {
      const std::size_t at = below(text.size());
      if (below(2) == 0) text.erase(at, 1);
      text.insert(at, 1, kBytes[below(kBytes.size())]);
    }
    return text;
  }

 private:
  static constexpr std::string_view kBytes = "{}[],:\"\\ 019.-+eEtrufalsn\n\x7f\xc3\xa9\xff/T";

  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  std::string value(int depth) {
    static const std::vector<std::string> kPlain = {"null",
                                                    "true",
                                                    "false",
                                                    "0",
                                                    "7",
                                                    "-12",
                                                    "1.5",
                                                    "0.25",
                                                    "100.0",
                                                    "\"\"",
                                                    "\"text\"",
                                                    "\"2025-06-30\"",
                                                    "\"2025-06-30T12:00:00+02:00\"",
                                                    "\"sixteen bytes and some more\"",
                                                    "\"\xc3\xa9t\xc3\xa9\"",
                                                    "\"value\""};
    const std::size_t kind = below(depth > 0 ? kPlain.size() + 4 : kPlain.size());
    if (kind < kPlain.size()) return kPlain[kind];
    const bool is_object = kind % 2 == 0;
    std::string text(1, is_object ? '{' : '[');
    for (std::size_t i = 0, count = below(4); i < count; ++i) {
      if (i > 0) text += ',';
      if (is_object) text.append("\"").append(1, static_cast<char>('a' + below(6))).append("\":");
      text += value(depth - 1);
    }
    return text + (is_object ? '}' : ']');
  }

  std::mt19937_64 random_;
};

TEST(CanonicalScan, TakesNoTextThatTheLongWayWouldWriteOtherwiseOrRefuse) {
  const std::size_t cases = support::at_effort({.ci = 20'000, .proof = 100'000, .soak = 10'000'000});
  ChangedText texts(1);
  std::size_t taken = 0, valid = 0, taken_again = 0;
  for (std::size_t i = 0; i < cases; ++i) {
    const std::string text = texts.next();
    taken += is_taken_rightly(text) ? 1U : 0U;
    const auto canonical = written(text);
    valid += canonical ? 1U : 0U;
    taken_again += canonical && is_taken_rightly(*canonical) ? 1U : 0U;
  }
  EXPECT_GT(taken, cases / 5);
  EXPECT_GT(taken_again, valid / 10 * 9) << "what was written is not taken when it comes again";
  support::report_count("property cases", cases);
}

TEST(CanonicalScan, FindsTheSpecialFieldsThatTheLongWayFinds) {
  for (const char* const data :
       {R"({"value":5,"status":"ok","status_int":3,"username":"ann","timestamp":"2025-01-15T10:30:00+02:00"})",
        R"({"value":1.5})", R"({"value":true,"b":1})", R"({"value":null})", R"({"value":{"a":1}})", R"({"value":[1]})",
        R"({"status":1.5})", R"({"status":[1]})", R"({"status":"2025-01-15T10:30:00+02:00"})", R"({"status_int":"3"})",
        R"({"username":3})", R"({"timestamp":"soon"})", R"({"timestamp":null})", R"({"a":1,"a":2})",
        R"({"a":1,"value":"x","a":2})", R"({"status":"a","status":"b"})"}) {
    ASSERT_TRUE(is_taken(data)) << data;
    const std::string spaced = std::string(data).replace(0, 1, "{ ");  // goes the long way
    ASSERT_FALSE(is_taken(spaced));
    const auto outcome = [](const std::string& text) -> std::string {
      try {
        const Record record = EncodeCall{.data = text}.run();
        std::string all(record.state->data());
        return all.append(" ").append(record.projection.status.value_or("none"));
      } catch (const CollectionFastPersistError& error) {
        return error.what();
      }
    };
    EXPECT_EQ(outcome(data), outcome(spaced));
  }
}

}  // namespace
}  // namespace cfp::model
