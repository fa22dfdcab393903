#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace cfp::base {

/// How long a thing took: the last 1,024 times each, and all of them together. Threads: one adds, any reads.
class RecentTimes {
 public:
  void add(std::chrono::steady_clock::duration duration) noexcept {
    const std::uint64_t n = count_.load(std::memory_order_relaxed);
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
    times_ns_[n % times_ns_.size()].store(ns, std::memory_order_relaxed);
    total_ns_.store(total_ns_.load(std::memory_order_relaxed) + ns, std::memory_order_relaxed);
    count_.store(n + 1, std::memory_order_release);
  }

  /// How often, since the beginning.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_.load(std::memory_order_acquire); }
  [[nodiscard]] double total_seconds() const noexcept {
    return static_cast<double>(total_ns_.load(std::memory_order_relaxed)) * 1e-9;
  }
  /// The duration below which the given share (0 to 1) of the last ones lies; 0 when there was none.
  [[nodiscard]] double quantile_seconds(double share) const {
    const std::uint64_t n = std::min<std::uint64_t>(count_.load(std::memory_order_acquire), times_ns_.size());
    if (n == 0) return 0;
    std::vector<std::int64_t> sorted(n);
    for (std::size_t i = 0; i < n; ++i) sorted[i] = times_ns_[i].load(std::memory_order_relaxed);
    const auto at = std::min(n - 1, static_cast<std::uint64_t>(share * static_cast<double>(n)));
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end());
    return static_cast<double>(sorted[at]) * 1e-9;
  }

 private:
  std::array<std::atomic<std::int64_t>, 1024> times_ns_{};
  std::atomic<std::int64_t> total_ns_{0};
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace cfp::base
