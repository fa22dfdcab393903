#pragma once

// A fuzz target: one function of any bytes at all, which ends the process when a promise is broken.
//
//   CFP_FUZZ_TARGET(line) { ... `input` ... }
//
// A fuzzer's program has one of them, under the name that libFuzzer calls. The replay of the kept inputs has them all,
// so there each has a name of its own; fuzz/replay.cc lists them.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "expect.h"

#ifdef CFP_LIBFUZZER
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): it defines functions.
#define CFP_FUZZ_TARGET(name)                                                                                 \
  static void run_##name(std::string_view input);                                                             \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {                         \
    run_##name(size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size)); \
    return 0;                                                                                                 \
  }                                                                                                           \
  static void run_##name(std::string_view input)
#else
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): it defines a function.
#define CFP_FUZZ_TARGET(name) void fuzz_##name(std::string_view input)
#endif

namespace cfp::fuzz {

#ifndef CFP_LIBFUZZER
void fuzz_line(std::string_view input);
void fuzz_segment(std::string_view input);
void fuzz_timestamp(std::string_view input);
void fuzz_normaliser(std::string_view input);
void fuzz_extra_schema(std::string_view input);
void fuzz_base_dir(std::string_view input);
#endif

}  // namespace cfp::fuzz
