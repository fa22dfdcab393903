#include "printable.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cwchar>

namespace cfp::cli {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
  bool valid = true;
};

CodePoint first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xF0 && lead < 0xF5   ? 4
                            : lead >= 0xE0 && lead < 0xF0 ? 3
                            : lead >= 0xC2 && lead < 0xE0 ? 2
                                                          : 0;
  if (bytes == 0 || text.size() < bytes) return {lead, 1, false};
  std::uint32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {lead, 1, false};
    value = value << 6 | (byte(i) & 0x3FU);
  }
  return {value, bytes, true};
}

bool is_harmless(std::uint32_t c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return false;
  if (c >= 0x200E && c <= 0x200F) return false;
  if (c >= 0x2028 && c <= 0x202E) return false;
  return !(c >= 0x2066 && c <= 0x2069) && c != 0xFEFF;
}

void append_escape(std::string& text, const CodePoint& c) {
  if (c.valid && c.value == '\n') {
    text += "\\n";
  } else if (c.valid && c.value == '\t') {
    text += "\\t";
  } else if (c.valid && c.value == '\r') {
    text += "\\r";
  } else {
    std::array<char, 12> escape{};
    std::snprintf(escape.data(), escape.size(), c.valid ? "\\u%04x" : "\\x%02x", c.value);
    text += escape.data();
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_of(text);
    if (c.valid && is_harmless(c.value)) {
      result.append(text.substr(0, c.bytes));
    } else {
      append_escape(result, c);
    }
    text.remove_prefix(c.bytes);
  }
  return result;
}

std::string printable_name(std::string_view name) {
  std::string shown;
  shown.reserve(name.size());
  for (const char c : name) {
    if (c == '"' || c == '\\') shown += '\\';
    shown += c;
  }
  shown = printable(shown);
  const bool plain = shown == name && !name.empty() && name.front() != ' ' && name.back() != ' ';
  return plain ? shown : '"' + shown + '"';
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const CodePoint c = first_of(text);
    const int width = ::wcwidth(static_cast<wchar_t>(c.value));
    columns += width < 0 ? 1 : static_cast<std::size_t>(width);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string fitted(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return "";
  std::size_t taken = 0, used = 0;
  while (taken < text.size()) {
    const CodePoint c = first_of(text.substr(taken));
    const std::size_t width = columns_of(text.substr(taken, c.bytes));
    if (used + width > columns - 1) break;
    used += width;
    taken += c.bytes;
  }
  return std::string(text.substr(0, taken)) + "…";
}

}  // namespace cfp::cli
