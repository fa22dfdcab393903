// Writing JSON tokens, and reading single ones back.

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/json.h"
#include "base/json_bytes.h"
#include "base/text_buffer.h"

namespace cfp::json {
namespace {

/// As copy_plain, of less than 16 bytes: two pieces that overlap are fewer steps than one byte after the other.
template <typename Piece>
std::size_t copy_two_pieces(char* to, const char* from, std::size_t size) noexcept {
  constexpr unsigned kBits = 8 * sizeof(Piece);
  Piece front;
  Piece back;
  const std::size_t back_at = size - sizeof(Piece);
  std::memcpy(&front, from, sizeof front);
  std::memcpy(&back, from + back_at, sizeof back);
  std::memcpy(to, &front, sizeof front);
  std::memcpy(to + back_at, &back, sizeof back);
  const std::uint64_t low = front;
  const std::uint64_t high = back;
  const __m128i both = sizeof(Piece) == 8 ? _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low))
                                          : _mm_cvtsi64_si128(static_cast<long long>(low | high << (kBits % 64)));
  const unsigned mask = escape_mask(both) & ((1U << (2 * sizeof(Piece))) - 1);
  if (mask == 0) return size;
  const auto first = static_cast<std::size_t>(std::countr_zero(mask));
  return first < sizeof(Piece) ? first : back_at + first - sizeof(Piece);
}

/// Whether a token's text is ASCII without an escape. It looks at all bytes whatever it finds: nearly always it has to.
bool stands_for_itself(std::string_view text) noexcept {
  constexpr std::size_t kChunk = sizeof(__m128i);
  unsigned special = 0;
  const auto look = [&special](const char* p) {
    const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    special |= escape_mask(chunk) | static_cast<unsigned>(_mm_movemask_epi8(chunk));
  };
  if (text.size() >= kChunk) {
    for (std::size_t at = 0; at + kChunk <= text.size(); at += kChunk) look(text.data() + at);
    look(text.data() + text.size() - kChunk);
  } else {
    char padded[kChunk];
    std::memset(padded, ' ', kChunk);
    if (!text.empty()) std::memcpy(padded, text.data(), text.size());
    look(padded);
  }
  return special == 0;
}

/// Copies up to the first byte that must be escaped, or all; returns how many that were. What is behind them at `to`,
/// up to `size`, is undefined.
std::size_t copy_plain(char* to, const char* from, std::size_t size) noexcept {
  if (size >= 16) {
    for (std::size_t at = 0;; at = std::min(at + 16, size - 16)) {
      const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), chunk);
      const unsigned mask = escape_mask(chunk);
      if (mask != 0) return at + static_cast<std::size_t>(std::countr_zero(mask));
      if (at + 16 == size) return size;
    }
  }
  if (size >= 8) return copy_two_pieces<std::uint64_t>(to, from, size);
  if (size >= 4) return copy_two_pieces<std::uint32_t>(to, from, size);
  if (size >= 2) return copy_two_pieces<std::uint16_t>(to, from, size);
  return size == 0 ? 0 : copy_two_pieces<std::uint8_t>(to, from, size);
}

/// Writes what stands for `c`, at most 6 bytes; returns their end.
char* write_escape(char* to, char c) noexcept {
  constexpr std::string_view kMeanings = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  constexpr std::string_view kHex = "0123456789abcdef";
  *to++ = '\\';
  const std::size_t which = kMeanings.find(c);
  if (which != std::string_view::npos) {
    *to++ = kLetters[which];
    return to;
  }
  const auto byte = static_cast<unsigned char>(c);
  for (const char digit : {'u', '0', '0', kHex[byte >> 4], kHex[byte & 0xfU]}) *to++ = digit;
  return to;
}

template <typename Number>
void append_number(base::TextBuffer& out, Number value) {
  constexpr std::size_t kLongest = 32;
  char* const to = out.room(kLongest);
  const auto [end, error] = std::to_chars(to, to + kLongest, value);
  CFP_CHECK(error == std::errc());
  out.take_up_to(end);
}

void append_utf8(base::TextBuffer& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t bits) { out.append(static_cast<char>(static_cast<unsigned char>(bits))); };
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
void take_unicode_escape(base::TextBuffer& out, std::string_view& rest) {
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

void take_escape(base::TextBuffer& out, std::string_view& rest) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (rest.size() < 2) throw Error("an escape is not valid");
  if (rest[1] == 'u') return take_unicode_escape(out, rest);
  const std::size_t which = kLetters.find(rest[1]);
  if (which == std::string_view::npos) throw Error("an escape is not valid");
  out.append(kMeanings[which]);
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

void append_string(base::TextBuffer& out, std::string_view utf8) {
  constexpr std::size_t kEscape = 6;
  char* to = out.room(utf8.size() + 2);
  *to++ = '"';
  while (true) {
    const std::size_t plain = copy_plain(to, utf8.data(), utf8.size());
    to += plain;
    if (plain == utf8.size()) break;
    const char special = utf8[plain];
    utf8.remove_prefix(plain + 1);
    out.take_up_to(to);
    to = write_escape(out.room(kEscape + utf8.size() + 1), special);
  }
  *to++ = '"';
  out.take_up_to(to);
}

void append_integer(base::TextBuffer& out, std::int64_t value) { append_number(out, value); }

void append_unsigned(base::TextBuffer& out, std::uint64_t value) { append_number(out, value); }

void append_real(base::TextBuffer& out, double value) {
  CFP_CHECK(std::isfinite(value));
  const std::size_t begin = out.size();
  append_number(out, value);
  if (out.view().substr(begin).find_first_of(".e") == std::string_view::npos) out.append(".0");
}

std::string_view unquote(std::string_view raw, std::pmr::memory_resource& memory) {
  if (raw.size() >= 2 && raw.front() == '"' && raw.back() == '"') {
    const std::string_view text = raw.substr(1, raw.size() - 2);
    if (stands_for_itself(text)) return text;
  }
  const std::string text = unquote(raw);
  auto* const copy = static_cast<char*>(memory.allocate(text.size(), 1));
  std::copy(text.begin(), text.end(), copy);
  return {copy, text.size()};
}

std::string unquote(std::string_view raw) {
  if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"') throw Error("must be text in quotes");
  std::string_view rest = raw.substr(1, raw.size() - 2);
  if (!is_utf8(rest)) throw Error("is not valid UTF-8");
  base::TextBuffer out;
  while (true) {
    char* const to = out.room(rest.size());
    const std::size_t plain = copy_plain(to, rest.data(), rest.size());
    out.take_up_to(to + plain);
    if (plain == rest.size()) return std::string(out.view());
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
