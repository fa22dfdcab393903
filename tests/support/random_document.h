#pragma once

// Random JSON: a document as text, with white space and escapes wherever JSON allows them, and what it says.
#include <bit>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/json_tokens.h"
#include "support/transcript.h"

namespace cfp::test {

/// The document that a seed stands for. Its outermost value is an object; no object has a name twice.
class RandomDocument {
 public:
  explicit RandomDocument(std::uint64_t seed, int depth = 4) : random_(seed) { object(depth); }

  std::string text;
  Transcript said;

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  void space() {
    while (one_in(4)) text += " \t\n\r"[below(4)];
  }

  std::string random_text() {
    // clang-format off
    static const std::vector<std::string> kPieces = {
        "a", "name", "zip", " ", "\"", "\\", "/", "\n", "\t", "\b", "\f", "\r", std::string(1, '\0'), "\x01",
        "\x1f", "\x7f", "{", "}", "[", "]", ",", ":", "\\\\", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\xef\xbf\xbf", "2025-01-15", "2025-01-15T10:30:00+02:00",
        "sixteen bytes of plain text, and sixteen more", "NaN", "true"};
    // clang-format on
    std::string result;
    while (!one_in(4)) result += kPieces[below(kPieces.size())];
    return result;
  }
  /// A string with some of its ASCII characters written as escapes that need not be.
  void quoted(std::string_view value) {
    text += '"';
    for (const char c : value) {
      if (static_cast<unsigned char>(c) < 0x80 && one_in(8)) {
        constexpr std::string_view kHex = "0123456789aBcDeF";
        text += "\\u00";
        text += kHex[static_cast<unsigned char>(c) >> 4];
        text += kHex[static_cast<unsigned char>(c) & 15U];
      } else {
        const std::string token = in_quotes(std::string_view(&c, 1));
        text.append(token, 1, token.size() - 2);
      }
    }
    text += '"';
  }

  void number() {
    std::uint64_t bits = random_() >> below(64);
    if (one_in(10)) bits = std::numeric_limits<std::uint64_t>::max() - below(3);
    switch (below(3)) {
      case 0:
        if (bits > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
          text += std::to_string(bits);
          said.unsigned_integer(bits);
          return;
        }
        [[fallthrough]];
      case 1:
        text += std::to_string(std::bit_cast<std::int64_t>(bits));
        said.integer(std::bit_cast<std::int64_t>(bits));
        return;
      default: {
        const double real = std::bit_cast<double>(bits);
        const double value = real - real == 0 ? real : 0.5;  // infinities and NaN have no text
        text += text_of_real(value);
        said.real(value);
      }
    }
  }

  void value(int depth) {
    switch (below(depth > 0 ? 8 : 6)) {
      case 0:
        text += "null";
        return said.null();
      case 1:
        text += "true";
        return said.boolean(true);
      case 2:
        text += "false";
        return said.boolean(false);
      case 3:
        return number();
      case 6:
        return object(depth - 1);
      case 7:
        return array(depth - 1);
      default: {
        const std::string content = random_text();
        quoted(content);
        said.string(content);
      }
    }
  }

  void object(int depth) {
    space();
    text += '{';
    said.begin_object();
    const std::size_t count = below(8);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text += ',';
      space();
      const std::string name = std::to_string(i) + random_text();
      quoted(name);
      said.field(name);
      space();
      text += ':';
      space();
      value(depth);
      space();
    }
    text += '}';
    said.end_object();
    space();
  }

  void array(int depth) {
    text += '[';
    said.begin_array();
    const std::size_t count = below(5);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) text += ',';
      space();
      value(depth);
      space();
    }
    text += ']';
    said.end_array();
  }

  std::mt19937_64 random_;
};

}  // namespace cfp::test
