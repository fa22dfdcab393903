// Fields: a scanner for text that has been checked before. Names and scalars of the outermost object are few and
// read byte by byte; nested values are most of a log line and are skipped 64 bytes at a time: masks of quotes tell what
// is inside a string, and only braces outside of strings are looked at. It never reads outside of the text.

#include <emmintrin.h>

#include <bit>
#include <cstring>

#include "base/json.h"

namespace cfp::json {
namespace {

constexpr std::size_t kBlock = 64;

/// 64 bytes, and masks of them in which bit i stands for byte i.
class Block {
 public:
  /// The bytes at `p`, of which there are `size`; spaces stand for those missing.
  Block(const char* p, std::size_t size) noexcept {
    char padded[kBlock];
    if (size < kBlock) {
      std::memset(padded, ' ', kBlock);
      std::memcpy(padded, p, size);
      p = padded;
    }
    for (std::size_t i = 0; i < 4; ++i) chunks_[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
  }
  [[nodiscard]] std::uint64_t equal(char c) const noexcept {
    const __m128i wanted = _mm_set1_epi8(c);
    return mask([&](__m128i chunk) { return _mm_cmpeq_epi8(chunk, wanted); });
  }
  /// Bytes that are `c` once their bit 0x20 is set; '{' stands for '[' too, and '}' for ']'.
  [[nodiscard]] std::uint64_t equal_folded(char c) const noexcept {
    const __m128i bit = _mm_set1_epi8(0x20);
    const __m128i wanted = _mm_set1_epi8(c);
    return mask([&](__m128i chunk) { return _mm_cmpeq_epi8(_mm_or_si128(chunk, bit), wanted); });
  }

 private:
  template <typename Compare>
  [[nodiscard]] std::uint64_t mask(Compare compare) const noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      bits |= std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(compare(chunks_[i])))} << (16 * i);
    }
    return bits;
  }
  __m128i chunks_[4];
};

/// Characters behind a backslash that counts. `carry`: whether the last one of the block before was such a backslash.
std::uint64_t escaped(std::uint64_t backslashes, bool& carry) noexcept {
  std::uint64_t result = carry ? 1U : 0U;
  backslashes &= ~result;
  carry = false;
  while (backslashes != 0) {
    const std::uint64_t backslash = backslashes & (~backslashes + 1);
    carry = backslash >> 63 != 0;
    result |= backslash << 1;
    backslashes &= ~(backslash | backslash << 1);
  }
  return result;
}

/// Bit i is the parity of bits 0 to i: from an opening quote up to before the closing one.
std::uint64_t prefix_parity(std::uint64_t bits) noexcept {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

/// One past the end of the object or array at `p`; nullptr when it does not end.
const char* skip_nested(const char* p, const char* end) noexcept {
  std::size_t depth = 0;
  std::uint64_t in_string = 0;  // all ones when the block before ended inside a string
  bool carry = false;
  for (; p < end; p += kBlock) {
    const Block block(p, static_cast<std::size_t>(end - p));
    std::uint64_t quotes = block.equal('"');
    const std::uint64_t backslashes = block.equal('\\');
    if (backslashes != 0 || carry) quotes &= ~escaped(backslashes, carry);
    const std::uint64_t strings = prefix_parity(quotes) ^ in_string;
    in_string = std::uint64_t{0} - (strings >> 63);
    const std::uint64_t opening = block.equal_folded('{') & ~strings;
    std::uint64_t braces = opening | (block.equal_folded('}') & ~strings);
    for (; braces != 0; braces &= braces - 1) {
      const int i = std::countr_zero(braces);
      if ((opening >> i & 1U) != 0) {
        ++depth;
      } else if (--depth == 0) {
        return p + i + 1;
      }
    }
    if (static_cast<std::size_t>(end - p) <= kBlock) break;
  }
  return nullptr;
}

/// The closing quote of a string whose text begins at `p`; nullptr when there is none.
const char* find_quote(const char* p, const char* end) noexcept {
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  while (p < end) {
    if (end - p >= 16) {
      const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(chunk, quote), _mm_cmpeq_epi8(chunk, backslash));
      const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found));
      if (mask == 0) {
        p += 16;
        continue;
      }
      p += std::countr_zero(mask);
    }
    if (*p == '"') return p;
    if (*p != '\\') {
      ++p;
    } else if (end - p < 2) {
      return nullptr;
    } else {
      p += 2;
    }
  }
  return nullptr;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : p_(text.data()), end_(text.data() + text.size()) {}

  void run(std::pmr::vector<Field>& fields) {
    skip_space();
    expect('{');
    skip_space();
    if (!take('}')) {
      do {
        fields.push_back(field());
      } while (take(','));
      expect('}');
    }
    skip_space();
    if (p_ != end_) throw Error("has text behind its end");
  }

 private:
  Field field() {
    skip_space();
    const std::string_view name = string();
    skip_space();
    expect(':');
    skip_space();
    Field result{name.substr(1, name.size() - 2), {}, Kind::null};
    result.raw = value(result.kind);
    skip_space();
    return result;
  }

  std::string_view value(Kind& kind) {
    if (p_ == end_) throw Error("ends too early");
    switch (*p_) {
      case '"':
        kind = Kind::string;
        return string();
      case '{':
        kind = Kind::object;
        return nested();
      case '[':
        kind = Kind::array;
        return nested();
      case 't':
        kind = Kind::boolean;
        return word("true");
      case 'f':
        kind = Kind::boolean;
        return word("false");
      case 'n':
        kind = Kind::null;
        return word("null");
      default:
        kind = Kind::number;
        return number();
    }
  }

  std::string_view string() {
    if (p_ == end_ || *p_ != '"') throw Error("a name in quotes is missing");
    const char* const quote = find_quote(p_ + 1, end_);
    if (quote == nullptr) throw Error("text has no closing quote");
    return up_to(quote + 1);
  }
  std::string_view nested() {
    const char* const after = skip_nested(p_, end_);
    if (after == nullptr) throw Error("an object or array does not end");
    return up_to(after);
  }
  std::string_view word(std::string_view expected) {
    if (std::string_view(p_, static_cast<std::size_t>(end_ - p_)).substr(0, expected.size()) != expected) {
      throw Error("is not valid JSON");
    }
    return up_to(p_ + expected.size());
  }
  std::string_view number() {
    const char* after = p_;
    while (after < end_ && ((*after >= '0' && *after <= '9') || *after == '-' || *after == '+' || *after == '.' ||
                            *after == 'e' || *after == 'E')) {
      ++after;
    }
    if (after == p_) throw Error("is not valid JSON");
    return up_to(after);
  }

  std::string_view up_to(const char* after) noexcept {
    const std::string_view part(p_, static_cast<std::size_t>(after - p_));
    p_ = after;
    return part;
  }
  bool take(char c) noexcept {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) throw Error(std::string("is not valid JSON: ") + c + " is missing");
  }
  void skip_space() noexcept {
    while (p_ < end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }

  const char* p_;
  const char* end_;
};

}  // namespace

Fields::Fields(std::string_view text) {
  fields_.reserve(kUsual);
  Splitter(text).run(fields_);
}

}  // namespace cfp::json
