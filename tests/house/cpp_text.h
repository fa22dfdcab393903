#pragma once

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cfp::house {

/// `lines` joined, with comments, preprocessor lines and the inside of literals blanked; lines stay where they are.
inline std::string code_of(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool continued = i > 0 && lines[i - 1].ends_with('\\') && text.ends_with("#\n");
    text += lines[i].starts_with("#") || continued ? std::string("#") : lines[i];
    text += '\n';
  }
  std::string code;
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < text.size(); ++i) code += text[i] == '\n' ? '\n' : ' ';
    return std::min(to, text.size());
  };
  const auto after = [&](std::string_view what, std::size_t from) {
    const std::size_t at = text.find(what, from);
    return at == std::string::npos ? text.size() : at + what.size();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    const bool in_name = at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0;
    if (rest.starts_with("//")) {
      at = blank(at, text.find('\n', at));
    } else if (rest.starts_with("/*")) {
      at = blank(at, after("*/", at + 2));
    } else if (rest.starts_with("R\"") && !in_name) {
      const std::size_t open = text.find('(', at);
      at = blank(at, after(")" + text.substr(at + 2, open - at - 2) + "\"", open));
    } else if (rest[0] == '"' || (rest[0] == '\'' && !in_name)) {  // in a name or number ' only separates digits
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != rest[0] && text[end] != '\n') end += text[end] == '\\' ? 2U : 1U;
      at = blank(at, end + 1);
    } else {
      code += text[at++];
    }
  }
  return code;
}

/// A function with a body: the line (index) on which it begins, and how many lines it has, braces included.
struct Function {
  std::size_t line;
  std::size_t lines;
};

/// The functions in `code` (as `code_of` gives it), lambdas and functions inside functions apart. Knows C++ only as far
/// as clang-format leaves it: a brace right behind a name initialises, one behind a space opens a body.
class FunctionFinder {
 public:
  explicit FunctionFinder(std::string_view code) : code_(code) {}

  std::vector<Function> find() {
    for (; at_ < code_.size(); ++at_) {
      const char c = code_[at_];
      if (c == '\n') ++line_;
      if (c == '{') {
        open();
      } else if (c == '}') {
        close();
      } else if (c == ';' && !inside(Kind::function) && !inside(Kind::initialiser)) {
        head_.clear();
      } else if (c != '#' && (!head_.empty() || std::isspace(static_cast<unsigned char>(c)) == 0)) {
        if (head_.empty()) head_line_ = line_;
        head_ += c;
      }
    }
    return found_;
  }

 private:
  enum class Kind { scope, function, initialiser };

  [[nodiscard]] bool inside(Kind kind) const { return !open_.empty() && open_.back() == kind; }

  void open() {
    const Kind kind = inside(Kind::function) ? Kind::function : kind_of_head();
    if (kind == Kind::function && !inside(Kind::function)) begin_ = head_line_;
    open_.push_back(kind);
    if (kind == Kind::scope) head_.clear();
  }

  void close() {
    if (open_.empty()) return;
    const Kind kind = open_.back();
    open_.pop_back();
    if (kind == Kind::function && !inside(Kind::function)) found_.push_back({begin_, line_ - begin_ + 1});
    if (kind != Kind::initialiser) head_.clear();
  }

  [[nodiscard]] Kind kind_of_head() const {
    if (inside(Kind::initialiser) || head_.empty()) return Kind::initialiser;
    const char before = head_.back();
    const std::size_t end = head_.find_last_not_of(" \n");
    if (std::isspace(static_cast<unsigned char>(before)) == 0 || head_[end] == '=' || head_[end] == ',') {
      return Kind::initialiser;
    }
    const bool calls = head_.find(')') != std::string::npos;
    for (const std::string_view word : {"namespace", "class", "struct", "union", "enum"}) {
      if (!calls && head_.find(word) != std::string::npos) return Kind::scope;
    }
    return calls ? Kind::function : Kind::scope;
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;
  std::string head_;  // what stands between the last statement and here
  std::size_t head_line_ = 0;
  std::size_t begin_ = 0;
  std::vector<Kind> open_;
  std::vector<Function> found_;
};

}  // namespace cfp::house
