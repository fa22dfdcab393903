#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace cfp::bench {

struct Options {
  std::filesystem::path directory = "build/bench_data";        ///< Stores are made here; on the disk to be measured.
  std::filesystem::path results = "build/bench_results.json";  ///< The table for programs.
  std::string only;                                            ///< Measure this alone.
  std::uint64_t items = 1'000'000;                             ///< Of the large store; 10 million with --full.
  std::uint64_t log_records = 200'000;                         ///< Of the crash; 1 million with --full.
  bool quick = false;                                          ///< Only what is measured soon, in short turns.
  int rounds = 9;                                              ///< How often contenders take turns.
  std::string child;                                           ///< Set in a process that this program started.
};

/// How long one contender's turn takes, where that is free.
inline double seconds_of_a_turn(const Options& options) noexcept { return options.quick ? 0.1 : 0.4; }

/// Reads the command line; throws std::invalid_argument.
Options parse_options(int argc, char** argv);
extern const char* const kUsage;

}  // namespace cfp::bench
