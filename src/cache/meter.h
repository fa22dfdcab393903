#pragma once

#include <atomic>
#include <cstdint>

namespace cfp::cache {

/// A sum of bytes that one thread at a time changes, and any reads meanwhile.
class Meter {
 public:
  void add(std::uint64_t bytes) noexcept { set(value() + bytes); }
  void subtract(std::uint64_t bytes) noexcept { set(value() - bytes); }
  void set(std::uint64_t bytes) noexcept { bytes_.store(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const noexcept { return bytes_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace cfp::cache
