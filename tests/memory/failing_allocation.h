#pragma once

#include <atomic>
#include <cstdint>

namespace cfp::memory {

/// One allocation of the threads that carry it fails, the `number`-th from 1 on; 0: none, they are only counted. Only
/// the engine's own count: what DuckDB allocates for itself is its own affair. Works in programs that
/// failing_allocation.cc is linked into, whose operator new then comes before the system's.
class FailingAllocation {
 public:
  explicit FailingAllocation(std::uint64_t number = 0) : number_(number) {}
  FailingAllocation(const FailingAllocation&) = delete;
  FailingAllocation& operator=(const FailingAllocation&) = delete;

  /// While it lives, this thread carries it.
  class Carried {
   public:
    explicit Carried(FailingAllocation& failing);
    ~Carried();
    Carried(const Carried&) = delete;
    Carried& operator=(const Carried&) = delete;

   private:
    FailingAllocation* const before_;
  };

  /// One more allocation; whether it is the one that fails.
  bool passes() { return ++counted_ == number_; }
  [[nodiscard]] std::uint64_t counted() const { return counted_; }
  [[nodiscard]] bool has_failed() const { return number_ != 0 && counted_ >= number_; }

 private:
  const std::uint64_t number_;
  std::atomic<std::uint64_t> counted_{0};
};

}  // namespace cfp::memory
