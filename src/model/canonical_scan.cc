#include "model/canonical_scan.h"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/iso8601.h"
#include "base/json_bytes.h"
#include "base/mutant.h"
#include "base/text_buffer.h"

namespace cfp::model {
namespace {

constexpr int kDeepest = 8;
constexpr std::size_t kFewNames = 8;  // of a nested object: each is compared with those before it

/// Every function is true when what it looked at is canonical, and has gone past it then.
class Scanner {
 public:
  Scanner(std::string_view text, bool normalize_datetimes)
      : p_(text.data()), end_(text.data() + text.size()), normalize_datetimes_(normalize_datetimes) {}

  /// Fills the fields where they lie: as an object like the others, each copied, encoding took a third longer.
  bool document(std::pmr::vector<json::Field>& fields) {
    if (!take('{')) return false;
    if (!take('}')) {
      do {
        json::Field& field = fields.emplace_back();
        if (!name(field.name)) return false;
        const char* const begin = p_;
        if (!value(field.kind, 1)) return false;
        field.raw = up_to_here(begin);
      } while (take(','));
      if (!take('}')) return false;
    }
    return p_ == end_;
  }
  /// Of all that was looked at, at least.
  [[nodiscard]] bool is_ascii() const noexcept { return is_ascii_; }

 private:
  bool value(json::Kind& kind, int depth) {
    switch (peek()) {
      case '"':
        kind = json::Kind::string;
        return text();
      case '{':
        kind = json::Kind::object;
        return depth < kDeepest && object(depth + 1);
      case '[':
        kind = json::Kind::array;
        return depth < kDeepest && array(depth + 1);
      case 't':
        kind = json::Kind::boolean;
        return word("true");
      case 'f':
        kind = json::Kind::boolean;
        return word("false");
      case 'n':
        kind = json::Kind::null;
        return word("null");
      default:
        kind = json::Kind::number;
        return number();
    }
  }

  bool object(int depth) {
    ++p_;
    if (take('}')) return true;
    std::array<std::string_view, kFewNames> names;
    std::size_t count = 0;
    json::Kind ignored{};
    do {
      std::string_view added;
      if (count == kFewNames || !name(added)) return false;
      const auto end = names.begin() + static_cast<std::ptrdiff_t>(count);
      if (std::find(names.begin(), end, added) != end) return false;
      names[count++] = added;
      if (!value(ignored, depth)) return false;
    } while (take(','));
    return take('}');
  }

  bool array(int depth) {
    ++p_;
    if (take(']')) return true;
    json::Kind ignored{};
    do {
      if (!value(ignored, depth)) return false;
    } while (take(','));
    return take(']');
  }

  bool name(std::string_view& found) {
    const char* const begin = p_;
    if (!string()) return false;
    found = inside(begin);
    return take(':');
  }

  bool text() {
    const char* const begin = p_;
    if (!string()) return false;
    const auto timestamp = normalize_datetimes_ ? base::parse_timestamp(inside(begin)) : std::nullopt;
    if (!timestamp) return true;
    base::TextBuffer written;
    base::append_timestamp(written, *timestamp);
    return written.view() == inside(begin);
  }

  /// A string without escapes. It may be no UTF-8.
  bool string() {
    constexpr std::ptrdiff_t kChunk = sizeof(__m128i);
    if (!take('"')) return false;
    while (end_ - p_ >= kChunk) {
      const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p_));
      is_ascii_ = is_ascii_ && _mm_movemask_epi8(chunk) == 0;
      const unsigned special = json::escape_mask(chunk);
      if (special != 0) {
        p_ += std::countr_zero(special);
        return take('"');
      }
      p_ += kChunk;
    }
    for (; p_ < end_ && *p_ != '"'; ++p_) {
      const auto byte = static_cast<unsigned char>(*p_);
      if (byte < 0x20 || byte == '\\') return false;
      is_ascii_ = is_ascii_ && byte < 0x80;
    }
    return take('"');
  }

  bool number() {
    constexpr std::size_t kIntegerDigits = 18;  // fits int64 whatever they are
    const bool is_negative = take('-');
    const std::string_view whole = digits();
    if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) return false;
    if (whole == "0" && is_negative) return false;
    return take('.') ? fraction(whole) : whole.size() <= kIntegerDigits;
  }

  /// Two texts of at most 15 digits never read as one double, so that no shorter one does either: what is written has
  /// these digits. It has no exponent where that would not save a character.
  bool fraction(std::string_view whole) {
    constexpr std::size_t kCertainDigits = 15, kShortWhole = 5;
    const std::string_view decimals = digits();
    if (decimals.empty() || whole.size() + decimals.size() > kCertainDigits) return false;
    if (decimals == "0") return whole.size() <= kShortWhole;  // 100000.0 is written 1e+05
    if (decimals.back() == '0') return CFP_MUTANT("take_any_real");
    return whole != "0" || !decimals.starts_with("000");  // 0.0001 is written 1e-04
  }

  std::string_view digits() noexcept {
    const char* const begin = p_;
    while (p_ < end_ && *p_ >= '0' && *p_ <= '9') ++p_;
    return up_to_here(begin);
  }
  bool word(std::string_view expected) noexcept {
    const std::string_view rest(p_, static_cast<std::size_t>(end_ - p_));
    if (!rest.starts_with(expected)) return false;
    p_ += expected.size();
    return true;
  }
  [[nodiscard]] char peek() const noexcept { return p_ == end_ ? '\0' : *p_; }
  bool take(char c) noexcept {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }
  [[nodiscard]] std::string_view up_to_here(const char* begin) const noexcept {
    return {begin, static_cast<std::size_t>(p_ - begin)};
  }
  /// Of a string that began at `begin` and ends here.
  [[nodiscard]] std::string_view inside(const char* begin) const noexcept {
    return {begin + 1, static_cast<std::size_t>(p_ - begin) - 2};
  }

  const char* p_;
  const char* const end_;
  const bool normalize_datetimes_;
  bool is_ascii_ = true;
};

}  // namespace

CanonicalScan::CanonicalScan(std::string_view text, bool normalize_datetimes) {
  fields_.reserve(kUsual);
  Scanner scanner(text, normalize_datetimes);
  is_canonical_ = scanner.document(fields_) && (scanner.is_ascii() || json::is_utf8(text));
}

}  // namespace cfp::model
