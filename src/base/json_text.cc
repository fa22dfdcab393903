// Writing JSON tokens, and reading single ones back.

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/json.h"

namespace cfp::json {
namespace {

bool must_escape(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

/// A bit for each byte of a chunk that must be escaped.
unsigned escape_mask(__m128i chunk) noexcept {
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, last_control), chunk);
  const __m128i quote = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

/// The first character that must be escaped, or the end.
const char* find_escape(const char* p, const char* end) noexcept {
  for (; end - p >= 16; p += 16) {
    const unsigned mask = escape_mask(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    if (mask != 0) return p + std::countr_zero(mask);
  }
  if (end - p >= 8) {  // most names are shorter than a chunk
    const unsigned mask = escape_mask(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))) & 0xffU;
    if (mask != 0) return p + std::countr_zero(mask);
    p += 8;
  }
  if (end - p >= 4) {
    std::uint32_t four = 0;
    std::memcpy(&four, p, sizeof four);
    const unsigned mask = escape_mask(_mm_cvtsi32_si128(static_cast<int>(four))) & 0xfU;
    if (mask != 0) return p + std::countr_zero(mask);
    p += 4;
  }
  while (p < end && !must_escape(*p)) ++p;
  return p;
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 0xfU];
}

template <typename Number>
void append_number(std::string& out, Number value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  CFP_CHECK(error == std::errc());
  out.append(digits, static_cast<std::size_t>(end - digits));
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0U | (point >> 6));
    byte(0x80U | (point & 0x3fU));
  } else if (point < 0x10000) {
    byte(0xe0U | (point >> 12));
    byte(0x80U | ((point >> 6) & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  } else {
    byte(0xf0U | (point >> 18));
    byte(0x80U | ((point >> 12) & 0x3fU));
    byte(0x80U | ((point >> 6) & 0x3fU));
    byte(0x80U | (point & 0x3fU));
  }
}

std::uint32_t code_unit(std::string_view digits) {
  std::uint32_t unit = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
  if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) throw Error("an escape is not valid");
  return unit;
}

/// Resolves the escape at the front of `rest`, a \uXXXX or a pair of them, and removes it.
void take_unicode_escape(std::string& out, std::string_view& rest) {
  std::uint32_t point = code_unit(rest.substr(2, 4));
  rest.remove_prefix(6);
  if (point >= 0xd800 && point <= 0xdfff) {
    if (point > 0xdbff || rest.substr(0, 2) != "\\u") throw Error("half of a surrogate pair");
    const std::uint32_t low = code_unit(rest.substr(2, 4));
    if (low < 0xdc00 || low > 0xdfff) throw Error("half of a surrogate pair");
    rest.remove_prefix(6);
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
  }
  append_utf8(out, point);
}

void take_escape(std::string& out, std::string_view& rest) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (rest.size() < 2) throw Error("an escape is not valid");
  if (rest[1] == 'u') return take_unicode_escape(out, rest);
  const std::size_t which = kLetters.find(rest[1]);
  if (which == std::string_view::npos) throw Error("an escape is not valid");
  out += kMeanings[which];
  rest.remove_prefix(2);
}

/// Whether a token is a number by JSON's grammar as far as from_chars is laxer: no leading zero, no "inf".
bool looks_like_number(std::string_view raw) noexcept {
  const std::string_view digits = raw.substr(!raw.empty() && raw.front() == '-' ? 1 : 0);
  if (digits.empty() || digits[0] < '0' || digits[0] > '9') return false;
  return digits[0] != '0' || digits.size() == 1 || digits[1] < '0' || digits[1] > '9';
}

template <typename Number>
std::optional<Number> whole_number(std::string_view raw) noexcept {
  Number number{};
  if (!looks_like_number(raw)) return std::nullopt;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (error != std::errc() || end != raw.data() + raw.size()) return std::nullopt;
  return number;
}

/// Whether a number has digits on both sides of its point, as JSON wants it and from_chars does not.
bool has_whole_point(std::string_view raw) noexcept {
  const std::size_t point = raw.find('.');
  return point == std::string_view::npos || (point + 1 < raw.size() && raw[point + 1] >= '0' && raw[point + 1] <= '9');
}

/// Whether a number that is out of the range of a double is so for being too small: such a one reads as zero.
/// Decided by the place of its first digit that is not zero.
bool is_tiny(std::string_view raw) noexcept {
  const std::size_t e = raw.find_first_of("eE");
  const std::string_view mantissa = raw.substr(0, e);
  const std::size_t first = mantissa.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  if (e == std::string_view::npos) return place < 0;
  std::string_view exponent = raw.substr(e + 1);
  const bool negative = exponent.front() == '-';
  if (negative || exponent.front() == '+') exponent.remove_prefix(1);
  std::int64_t size = 0;
  const auto parsed = std::from_chars(exponent.data(), exponent.data() + exponent.size(), size);
  if (parsed.ec != std::errc()) return negative;
  return place + (negative ? -size : size) < 0;
}

}  // namespace

void append_string(std::string& out, std::string_view utf8) {
  out += '"';
  const char* p = utf8.data();
  const char* const end = p + utf8.size();
  while (true) {
    const char* const escape = find_escape(p, end);
    out.append(p, static_cast<std::size_t>(escape - p));  // by size: libstdc++ is slow at a range
    if (escape == end) break;
    append_escape(out, *escape);
    p = escape + 1;
  }
  out += '"';
}

void append_integer(std::string& out, std::int64_t value) { append_number(out, value); }

void append_unsigned(std::string& out, std::uint64_t value) { append_number(out, value); }

void append_real(std::string& out, double value) {
  CFP_CHECK(std::isfinite(value));
  const std::size_t begin = out.size();
  append_number(out, value);
  if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

std::string unquote(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"') throw Error("must be text in quotes");
  std::string_view rest = raw.substr(1, raw.size() - 2);
  if (!is_utf8(rest)) throw Error("is not valid UTF-8");
  std::string out;
  out.reserve(rest.size());
  while (true) {
    const char* const end = rest.data() + rest.size();
    const char* const special = find_escape(rest.data(), end);
    const auto plain = static_cast<std::size_t>(special - rest.data());
    out.append(rest, 0, plain);
    if (special == end) return out;
    rest.remove_prefix(plain);
    if (rest.front() != '\\') throw Error("has a character that must be escaped");
    take_escape(out, rest);
  }
}

std::optional<std::int64_t> to_int64(std::string_view raw) noexcept { return whole_number<std::int64_t>(raw); }

std::optional<std::uint64_t> to_uint64(std::string_view raw) noexcept { return whole_number<std::uint64_t>(raw); }

std::optional<double> to_double(std::string_view raw) noexcept {
  if (!looks_like_number(raw) || !has_whole_point(raw)) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), number);
  if (end != raw.data() + raw.size()) return std::nullopt;
  if (error == std::errc()) return number;
  if (!is_tiny(raw)) return std::nullopt;
  return raw.front() == '-' ? -0.0 : 0.0;
}

}  // namespace cfp::json
