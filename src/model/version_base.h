#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/counted.h"

namespace cfp::model {

/// The last record of an item that the latest table knows: where the counting of versions goes on.
struct VersionBase {
  std::uint32_t version = 0;   ///< 0: the item has no record there.
  std::uint64_t sequence = 0;  ///< Of that record.
  friend bool operator==(const VersionBase&, const VersionBase&) = default;
};

/// The base that the records of one item share while nobody knows it yet: its collection is not loaded, and none of
/// the records has been flushed. Whoever learns it first (a load or a flush) resolves it; all learn the same.
/// Threads: any.
class SharedVersionBase : public base::Countable<SharedVersionBase> {
 public:
  void resolve(const VersionBase& base) noexcept {
    int expected = 0;
    if (state_.compare_exchange_strong(expected, 1, std::memory_order_acquire)) {
      base_ = base;
      state_.store(2, std::memory_order_release);
    } else {
      while (expected != 2)
        expected = state_.load(std::memory_order_acquire);  // whoever was first is an assignment away
    }
  }
  [[nodiscard]] std::optional<VersionBase> get() const noexcept {
    if (state_.load(std::memory_order_acquire) != 2) return std::nullopt;
    return base_;
  }

 private:
  std::atomic<int> state_{0};
  VersionBase base_;
};

}  // namespace cfp::model
