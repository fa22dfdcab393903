#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
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

/// What two contenders reached, round by round.
struct Match {
  std::vector<double> ours, peer;
};

/// Lets both take turns, each going first every other time, so that a machine that slows down slows both. The first
/// round warms up and does not count.
template <class Ours, class Peer>
Match take_turns(int rounds, Ours&& ours, Peer&& peer) {
  Match match;
  for (int round = 0; round <= rounds; ++round) {
    double a = 0;
    double b = 0;
    if (round % 2 == 0) a = ours();
    b = peer();
    if (round % 2 != 0) a = ours();
    if (round == 0) continue;
    match.ours.push_back(a);
    match.peer.push_back(b);
  }
  return match;
}

/// The same for any number of contenders, of which each round begins with another: what each reached, round by round.
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

}  // namespace cfp::bench
