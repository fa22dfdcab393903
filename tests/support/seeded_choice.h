#pragma once

#include <cstdint>
#include <random>

namespace cfp::support {

/// Decisions that one seed repeats on every platform (the distributions of <random> would not).
class SeededChoice {
 public:
  explicit SeededChoice(std::uint64_t seed) : engine_(seed) {}
  /// 0 to `bound` - 1; `bound` is not 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  [[nodiscard]] bool coin() { return below(2) == 1; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace cfp::support
