#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "console.h"

namespace cfp::cli {

/// How far a work of more than a second is, on standard error, where that is a terminal: a bar with rate and time left,
/// or, without a total, what was done and the time it took so far. Its line is gone at the end.
/// Threads: `set` may be called by any.
class Progress {
 public:
  Progress(Console& console, std::string what, std::uint64_t total = 0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void set(std::uint64_t done) noexcept { done_.store(done, std::memory_order_relaxed); }
  void set_total(std::uint64_t total) noexcept { total_.store(total, std::memory_order_relaxed); }

 private:
  void watch(const std::stop_token& stop);
  [[nodiscard]] std::string line() const;

  Console& console_;
  const std::string what_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> done_{0}, total_;
  bool drawn_ = false;  // by the thread, and read once it has ended
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread watcher_;  // last: it uses all the others
};

}  // namespace cfp::cli
