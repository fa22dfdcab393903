#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace cfp::test {

inline std::string in_quotes(std::string_view text) {
  base::TextBuffer out;
  json::append_string(out, text);
  return std::string(out.view());
}

inline std::string text_of_real(double value) {
  base::TextBuffer out;
  json::append_real(out, value);
  return std::string(out.view());
}

}  // namespace cfp::test
