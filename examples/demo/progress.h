#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace demo {

/// Shows how far a job is on stderr: a bar on a terminal, else a line every five seconds. Where a descriptor is given,
/// also tells whoever reads it: the count as 8 bytes, many times a second.
/// Threads: `add` may be called by any.
class Progress {
 public:
  Progress(std::string what, std::uint64_t total, int report_descriptor = -1);
  /// Shows the last state.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t count = 1) noexcept { done_.fetch_add(count, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t done() const noexcept { return done_.load(std::memory_order_relaxed); }
  [[nodiscard]] double seconds() const;
  /// "12345 of 67890 (18 %), 4321/s"
  [[nodiscard]] std::string text() const;

 private:
  void watch(const std::stop_token& stop);
  void show_bar() const;
  void report() const;

  const std::string what_;
  const std::uint64_t total_;
  const int report_descriptor_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> done_ = 0;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread watcher_;  // last: it uses all the others
};

}  // namespace demo
