#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "model/record.h"

namespace cfp::flush {

/// The durable records that the latest table does not have yet, in order; the bound on their memory; and the pins of
/// readers that merge a snapshot of the table with them.
/// Threads: any; `trim` one at a time.
class UnflushedSet {
 public:
  /// `floor`: the tables hold every record up to it.
  UnflushedSet(std::uint64_t max_bytes, std::uint64_t floor)
      : max_bytes_(max_bytes), last_sequence_(floor), trimmed_through_(floor) {}

  /// Takes room for records before they are numbered, so that what is durable is never refused. False when it is full;
  /// a record larger than the whole bound gets in when nothing else is there.
  [[nodiscard]] bool try_reserve(std::uint64_t bytes);
  /// Returns once there may be room for so many bytes, or after so long.
  void wait_for_room(std::uint64_t bytes, std::chrono::milliseconds longest);
  /// Gives back room for records that were not stored.
  void release(std::uint64_t bytes);

  /// Readers may see records through this one from now on, just before `append` has them.
  void announce(std::uint64_t sequence) noexcept { announced_.store(sequence, std::memory_order_release); }
  [[nodiscard]] std::uint64_t announced() const noexcept { return announced_.load(std::memory_order_acquire); }
  /// Takes durable records over, in order, whose room was reserved.
  void append(std::span<model::Record> records);
  /// Records above `after`, at most `count`, in order. They stay where they are until `trim` passes them.
  [[nodiscard]] std::vector<const model::Record*> after(std::uint64_t after, std::size_t count) const;
  /// The record of that sequence, which stays where it is while a pin lives that was taken before; null when it is not
  /// here.
  [[nodiscard]] const model::Record* find(std::uint64_t sequence) const;
  /// The last sequence here that was accepted at that time or before; nothing when there is none.
  [[nodiscard]] std::optional<std::uint64_t> last_sequence_at(std::int64_t time_us) const;

  /// While the pin lives, `trim` leaves everything alone that is there now.
  [[nodiscard]] std::shared_ptr<const void> pin();
  /// Removes records through that sequence, as far as the pins allow, after handing them to `forget`.
  void trim(std::uint64_t through, const std::function<void(std::span<const model::Record>)>& forget);

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t max_bytes() const noexcept { return max_bytes_; }
  [[nodiscard]] std::uint64_t last_sequence() const noexcept { return last_sequence_; }
  /// Records up to here are not kept any more.
  [[nodiscard]] std::uint64_t trimmed_through() const;
  /// Number of records above that sequence.
  [[nodiscard]] std::uint64_t count_after(std::uint64_t sequence) const;
  /// Number of items that they belong to.
  [[nodiscard]] std::uint64_t items_after(std::uint64_t sequence) const;

 private:
  [[nodiscard]] bool fits(std::uint64_t taken, std::uint64_t more) const noexcept {
    return taken == 0 || taken + more <= max_bytes_;
  }

  const std::uint64_t max_bytes_;
  std::atomic<std::uint64_t> announced_{0};
  // What every store looks at, without waiting for those that append or trim.
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> waiting_{0};     // for room
  std::atomic<std::uint64_t> last_sequence_;  // changed under mutex_
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<model::Record> records_;  // references stay valid while others come and go at the ends
  std::uint64_t trimmed_through_;
  std::multiset<std::uint64_t> pinned_floors_;
};

}  // namespace cfp::flush
