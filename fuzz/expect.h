#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace cfp::fuzz {

/// Ends the process unless `holds`: a fuzzer takes that for a finding and keeps the input that led to it.
inline void expect(bool holds, std::string_view promise, std::string_view detail = "") {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n%.*s\n", static_cast<int>(promise.size()), promise.data(),
               static_cast<int>(detail.size()), detail.data());
  std::abort();
}

}  // namespace cfp::fuzz
