#pragma once

// How much the suites do that try many cases, and how they tell what they did.

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cfp::support {

/// How many of a thing to do in the ordinary run, in `make proof` and in `make soak`.
struct Effort {
  std::size_t ci, proof, soak;
};

/// `setting` is `ci`, `proof` or `soak`, with a factor behind a colon for more or less than that: `soak:0.1`. Nothing
/// is `ci`. What is done at all is done at least once.
inline std::size_t count_of(const Effort& effort, const std::string& setting) {
  const std::size_t colon = setting.find(':');
  const std::string level = setting.substr(0, colon);
  const double factor = colon == std::string::npos ? 1 : std::strtod(setting.c_str() + colon + 1, nullptr);
  const bool is_known = level.empty() || level == "ci" || level == "proof" || level == "soak";
  if (!is_known || !(factor > 0 && factor <= 1e6)) {
    throw std::invalid_argument("CFP_EFFORT is ci, proof or soak, or one of them with a factor (soak:0.1), and not " +
                                setting);
  }
  const std::size_t count = level == "proof" ? effort.proof : level == "soak" ? effort.soak : effort.ci;
  return static_cast<std::size_t>(std::ceil(static_cast<double>(count) * factor));
}

/// How many of a thing to do with what the environment says in CFP_EFFORT.
inline std::size_t at_effort(const Effort& effort) {
  const char* const setting = std::getenv("CFP_EFFORT");
  return count_of(effort, setting == nullptr ? "" : setting);
}

/// A line that scripts/proof.sh finds in the log of a run and adds up.
inline void report_count(std::string_view what, std::size_t number) {
  std::cout << "counter: " << what << " " << number << "\n" << std::flush;
}

}  // namespace cfp::support
