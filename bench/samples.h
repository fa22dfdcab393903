#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

namespace cfp::bench {

/// The value below which the given share (0 to 1) of the samples lies; 0 when there are none.
inline double quantile(std::vector<double> samples, double share) {
  if (samples.empty()) return 0;
  const auto at = std::min(samples.size() - 1, static_cast<std::size_t>(share * static_cast<double>(samples.size())));
  std::nth_element(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(at), samples.end());
  return samples[at];
}

inline double median(const std::vector<double>& samples) { return quantile(samples, 0.5); }

/// Seconds that `work` takes.
template <class Work>
double seconds_of(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Lets contenders take turns, each round beginning with another, so that a machine that slows down slows all: `run(i)`
/// is one's turn. Gives what each reached, round by round. The first round warms up and does not count.
template <class Run>
std::vector<std::vector<double>> take_turns_of(std::size_t contenders, int rounds, Run&& run) {
  std::vector<std::vector<double>> reached(contenders);
  for (int round = 0; round <= rounds; ++round) {
    for (std::size_t i = 0; i < contenders; ++i) {
      const std::size_t who = (i + static_cast<std::size_t>(round)) % contenders;
      const double figure = run(who);
      if (round > 0) reached[who].push_back(figure);
    }
  }
  return reached;
}

/// What two of them reached.
struct Match {
  std::vector<double> ours, peer;
};
template <class Ours, class Peer>
Match take_turns(int rounds, Ours&& ours, Peer&& peer) {
  auto reached = take_turns_of(2, rounds, [&](std::size_t who) { return who == 0 ? ours() : peer(); });
  return {std::move(reached[0]), std::move(reached[1])};
}

}  // namespace cfp::bench
