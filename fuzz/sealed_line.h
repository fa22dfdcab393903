#pragma once

// A fuzzer does not guess checksums: what it makes would never get past them, and the fields behind would stay untried.

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/crc32c.h"

namespace cfp::fuzz {

/// `text` as a line (without its newline) whose CRC fits; the one that it has, if any, is replaced.
inline std::string sealed_line(std::string_view text) {
  constexpr std::string_view kCrcField = ",\"crc\":\"";
  std::string line(text.substr(0, text.rfind(kCrcField)));
  char hex[9];
  static_cast<void>(std::snprintf(hex, sizeof hex, "%08x", base::crc32c(line)));
  line.append(kCrcField).append(hex).append("\"}");
  return line;
}

}  // namespace cfp::fuzz
