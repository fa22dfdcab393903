#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "support/json_tokens.h"

namespace cfp::oracle {

using test::in_quotes;

/// A field of `data`: as it is given, and as it must be in the one text.
struct PlannedField {
  std::uint8_t kind = 0;
  std::int64_t number = 0;

  [[nodiscard]] std::pair<std::string, std::string> texts() const {
    const auto same = [](std::string text) { return std::pair(text, text); };
    const std::string digits = std::to_string(number);
    switch (kind % 12) {
      case 0:
        return same(digits);
      case 1:
        return same("null");
      case 2:
        return same(number % 2 == 0 ? "true" : "false");
      case 3:
        return same("18446744073709551615");
      case 4:
        return same(test::text_of_real(static_cast<double>(number) / 3));
      case 5:
        return same(in_quotes(std::string("nul \0 and \x1f and \xe2\x80\xae \xf0\x9f\x98\x80", 26)));
      case 6:
        return {"[ 1 , {\"a\":\"2024-02-29\"}, [] ]", R"([1,{"a":"2024-02-29T00:00:00+00:00"},[]])"};
      case 7:
        return {R"({"d":"2024-02-29 12:00-05:30","e":{}})", R"({"d":"2024-02-29T12:00:00-05:30","e":{}})"};
      case 8:
        return {R"("9999-12-31T23:59:59.999999Z")", R"("9999-12-31T23:59:59.999999+00:00")"};
      case 9:
        return same(R"("20240101")");
      case 10:
        return {R"("\u00e9\/")", "\"\xc3\xa9/\""};
      default:
        return same(in_quotes(std::string(static_cast<std::size_t>(number & 0x7ff), 'x')));
    }
  }
};

}  // namespace cfp::oracle
