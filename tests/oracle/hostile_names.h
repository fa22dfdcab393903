#pragma once

// Names that somebody may choose: those that every part of the store must keep byte by byte, and those that no table
// could keep.

#include <cstdint>
#include <string>
#include <vector>

namespace cfp::oracle {

/// UTF-8 of a code point, surrogates too, as a careless program writes them.
inline std::string utf8(std::uint32_t point) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 0x3f))};
  if (point < 0x10000) return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 0x3f)), byte(0x80 | (point & 0x3f))};
  return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 0x3f)), byte(0x80 | (point >> 6 & 0x3f)),
          byte(0x80 | (point & 0x3f))};
}

// clang-format off: one name a line would be ten screens

// clang-format off
/// SQL, and how a statement or a pattern may be broken out of; paths, programs and formats; JSON, as the log writes it.
inline std::vector<std::string> names_that_are_code() {
  return {
      "'", "''", "\"", "\"\"", "`", ";", "--", "/*", "*/", "$1", "?", ":name", "@x", "%", "_", "%_%", "NULL", "null",
      "'; DROP TABLE storage_history; --", "\"; DROP TABLE storage_latest; --", "') OR 1=1 --",
      "' UNION SELECT 1 --", "SELECT", "select", "key", "\"key\"", "storage_history", "main.storage_latest",
      "cfp_meta", "$$body$$", "E'\\''", "x'41'", "1 OR 1", "COPY x TO 'y'", "ATTACH 'z'", "PRAGMA database_list",
      "glob*", "regexp^$", "[a-z]", "{'a': 1}", "[1, 2]", "1", "-0", "1e999", "0x10", "NaN", "Infinity", "true",
      "DATE '2024-01-01'",
      "/", "//", "\\", "\\\\", ".", "..", "../", "../../etc/passwd", "/etc/passwd", "./.", "~", "~root", "C:\\x",
      "\\\\host\\share", "CON", "nul", "con.txt", "a/b", "a\\b", "a:b", "file:///etc/passwd", ".lock", ".tmp",
      "wal_000001.jsonl", "storage_history.duckdb", "storage_history.duckdb.wal", "2025-12-24", "2025-12-24/..",
      "$HOME", "${HOME}", "`id`", "$(id)", "| id", "> x", "& id", "%s%n%p", "%d", "{0}", "{{7*7}}", "<script>",
      "&lt;", "a\\u0000b", "\\x00", "\\n", "*", "#", "!", "a b", " a", "a ", " ", "  ", "a,b", "a|b", "a;b", "=1+1",
      "{", "}", "[", "]", "{}", "{\"key\":1}", "\",\"crc\":1}", "\\\"", "\\u0041", "\"}\n{\"", "a\":"};
}

/// Scripts, and texts that look alike or are equal in one of Unicode's normal forms, or but for case.
inline std::vector<std::string> names_that_look_alike() {
  return {
      "\u00e9", "e\u0301", "\u212b", "\u00c5", "A\u030a", "\ufb01", "fi", "\u1e69", "s\u0323\u0307", "s\u0307\u0323",
      "\u03a9", "\u2126", "\uac00", "\u1100\u1161", "K", "\u212a", "k", "\u0130", "i\u0307", "I", "i", "\u0131",
      "\u00df", "ss", "SS", "a", "\u0430", "\uff41", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627",
      "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u4f60\u597d", "\u3053\u3093", "\u0928\u092e\u0938\u094d\u0924\u0947",
      "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d", "\U0001F468\u200d\U0001F469\u200d\U0001F467",
      "\U0001F1E9\U0001F1EA", "\U0001F44D\U0001F3FD", "1\ufe0f\u20e3", "\u0661\u0662", "\U00020000"};
}

/// Marks of direction, what has no width, line ends, what is no character, the ends of each length in bytes.
inline std::vector<std::uint32_t> odd_code_points() {
  return {
      0x80U, 0x85U, 0x9fU, 0xa0U, 0xadU, 0x7ffU, 0x800U, 0x61cU, 0x200bU, 0x200cU, 0x200dU, 0x200eU, 0x200fU,
      0x2028U, 0x2029U, 0x202aU, 0x202bU, 0x202dU, 0x202eU, 0x2060U, 0x2066U, 0x2069U, 0x3000U, 0xd7ffU, 0xe000U,
      0xf8ffU, 0xfdd0U, 0xfeffU, 0xfff9U, 0xfffdU, 0xfffeU, 0xffffU, 0x10000U, 0x1f600U, 0x1fffeU, 0xe0001U,
      0xe01efU, 0x10fffdU, 0x10ffffU};
}
// clang-format on

inline std::vector<std::string> names_that_are_kept() {
  std::vector<std::string> all = names_that_are_code();
  const auto alike = names_that_look_alike();
  all.insert(all.end(), alike.begin(), alike.end());
  for (std::uint32_t point = 1; point < 0x20; ++point) all.push_back("control" + utf8(point));
  for (const char* text : {"\n", "\r\n", "\t", "a\nb", "\x7f", "\x1b[31mred\x1b[0m", "\b\b\b"}) all.emplace_back(text);
  for (const std::uint32_t point : odd_code_points()) {
    all.push_back("x" + utf8(point) + "y");
    all.push_back(utf8(point));
  }
  all.emplace_back();
  for (const std::size_t size : {15U, 16U, 17U, 255U, 256U, 1023U, 4095U, 4096U}) all.emplace_back(size, 'x');
  std::string emoji;
  while (emoji.size() < 4096) emoji += utf8(0x1f600);
  all.push_back(emoji);
  all.emplace_back(4096, '\x01');
  all.emplace_back(4096, '"');
  return all;
}

inline std::vector<std::string> names_that_are_refused() {
  std::vector<std::string> all = {std::string(1, '\0'),  std::string("a\0b", 3), std::string("\0a", 2),
                                  std::string("a\0", 2), std::string(4097, 'x'), std::string(4095, 'x') + utf8(0xe9)};
  for (const std::uint32_t point : {0xd800U, 0xdbffU, 0xdc00U, 0xdfffU}) all.push_back("x" + utf8(point));
  all.push_back(utf8(0xd83d) + utf8(0xde00));  // a pair of them, each by itself
  // Bytes that are no start, no end, too long a way to say it, or beyond the last code point.
  // clang-format off
  for (const char* text : {
        "\x80", "\xbf", "\xfe", "\xff", "\xc0\xaf", "\xc1\x81", "\xe0\x80\xaf", "\xe0\x9f\xbf", "\xf0\x80\x80\xaf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",
        "\xe2(\xa1", "ok\xff", "\xed\xa0\x80"})
    all.emplace_back(text);
  // clang-format on
  return all;
}

}  // namespace cfp::oracle
