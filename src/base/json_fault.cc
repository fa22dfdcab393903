#include "base/json_fault.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/json.h"

namespace cfp::json {
namespace {

constexpr std::size_t kLongestName = 64;  // of a name in a path, in bytes

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// A reader by recursive descent that keeps the path. Each reading function gives false once a fault is found.
class FaultFinder {
 public:
  FaultFinder(std::string_view text, int max_depth) : text_(text), max_depth_(max_depth) {}

  std::string run() {
    if (text_.substr(0, 3) == "\xef\xbb\xbf") return "must not begin with a byte order mark";
    skip_space();
    if (at_ == text_.size()) return "is empty";
    if (!value(0)) return path_ + (path_.empty() ? "" : ": ") + reason_;
    skip_space();
    return at_ == text_.size() ? "" : "has text behind its end";
  }

 private:
  bool fault(std::string_view reason) {
    reason_ = reason;
    return false;
  }
  [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) noexcept {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() noexcept {
    while (at_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')) ++at_;
  }

  bool value(int depth) {
    const char c = peek();
    if (c == '{' || c == '[') {
      if (depth + 1 > max_depth_) return fault("nested deeper than " + std::to_string(max_depth_));
      ++at_;
      return c == '{' ? object(depth + 1) : array(depth + 1);
    }
    if (c == '"') return string("");
    if (c == '-' || is_digit(c)) return number();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return ends_here() ? true : fault("is not valid JSON");
    }
    if (c == 'N' || c == 'I') return fault("is not valid JSON; NaN and infinities have no JSON text");
    return fault(at_ < text_.size() ? "is not valid JSON" : "ends too early");
  }

  bool object(int depth) {
    const std::size_t parent = path_.size();
    skip_space();
    if (take('}')) return true;
    do {
      skip_space();
      if (peek() != '"') return fault("a field must begin with its name in quotes");
      const std::size_t name_at = at_ + 1;
      if (!string("the name of a field ")) return false;
      append_path(path_, text_.substr(name_at, at_ - 1 - name_at));
      skip_space();
      if (!take(':')) return fault("a colon is missing");
      skip_space();
      if (!value(depth)) return false;
      path_.resize(parent);
      skip_space();
    } while (take(','));
    return take('}') ? true : fault("a comma or the closing brace is missing");
  }

  bool array(int depth) {
    const std::size_t parent = path_.size();
    skip_space();
    if (take(']')) return true;
    std::size_t index = 0;
    do {
      append_path(path_, index++);
      skip_space();
      if (!value(depth)) return false;
      path_.resize(parent);
      skip_space();
    } while (take(','));
    return take(']') ? true : fault("a comma or the closing bracket is missing");
  }

  bool string(std::string what) {
    const std::size_t begin = ++at_;
    std::string_view escape_fault;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20)
        return fault(what + "has a control character that is not escaped");
      if (text_[at_] == '\\') {
        if (!escape(escape_fault)) return fault(what.append(escape_fault));
      } else {
        ++at_;
      }
    }
    if (!is_utf8(text_.substr(begin, at_ - begin))) return fault(what + "is not valid UTF-8");
    return take('"') ? true : fault("text has no closing quote");
  }

  bool escape(std::string_view& escape_fault) {
    ++at_;
    escape_fault = "has an escape that JSON does not know";
    if (peek() != 'u') {
      const bool known = at_ < text_.size() && std::string_view("\"\\/bfnrt").find(peek()) != std::string_view::npos;
      ++at_;
      return known;
    }
    const int unit = code_unit();
    if (unit < 0) return false;
    if (unit < 0xd800 || unit > 0xdfff) return true;
    escape_fault = "has half of a surrogate pair";
    if (unit > 0xdbff || !take('\\') || peek() != 'u') return false;
    const int low = code_unit();
    return low >= 0xdc00 && low <= 0xdfff;
  }

  /// Four hexadecimal digits behind the 'u'; -1 when they are not there.
  int code_unit() noexcept {
    ++at_;
    if (text_.size() < at_ + 4) return -1;
    for (std::size_t i = at_; i < at_ + 4; ++i) {
      if (!is_hex(text_[i])) return -1;
    }
    at_ += 4;
    return static_cast<int>(std::stoul(std::string(text_.substr(at_ - 4, 4)), nullptr, 16));
  }

  bool digits() noexcept {
    const std::size_t begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  bool number() {
    const std::size_t begin = at_;
    take('-');
    bool valid = take('0') || digits();
    bool integer = true;
    if (take('.')) {
      integer = false;
      valid = digits() && valid;
    }
    if (take('e') || take('E')) {
      integer = false;
      if (!take('+')) take('-');
      valid = digits() && valid;
    }
    if (!valid || !ends_here()) return fault("is not a valid number");
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (integer && !to_int64(token) && !to_uint64(token)) return fault("an integer outside 64 bits");
    if (!integer && !to_double(token)) return fault("a number outside the range of a double");
    return true;
  }

  /// Whether a number or a word ends at this place.
  [[nodiscard]] bool ends_here() const noexcept {
    return at_ == text_.size() || std::string_view(" \t\n\r,:]}[{").find(text_[at_]) != std::string_view::npos;
  }

  std::string_view text_;
  int max_depth_;
  std::size_t at_ = 0;
  std::string path_;
  std::string reason_;
};

}  // namespace

std::string find_fault(std::string_view text, int max_depth) { return FaultFinder(text, max_depth).run(); }

void append_path(std::string& path, std::string_view escaped_name) {
  path += '.';
  if (escaped_name.size() <= kLongestName) {
    path += escaped_name;
    return;
  }
  std::size_t end = kLongestName;  // before a character, not inside of one
  while (end > 0 && (static_cast<unsigned char>(escaped_name[end]) & 0xc0U) == 0x80U) --end;
  path.append(escaped_name.substr(0, end)).append("...");
}

void append_path(std::string& path, std::size_t index) { path.append("[").append(std::to_string(index)).append("]"); }

}  // namespace cfp::json
