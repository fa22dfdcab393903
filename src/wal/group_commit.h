#pragma once

// Threads that store at the same time share one sync. The first to come leads: it takes everybody who is waiting as
// one group, writes, syncs, hands the lead to the first of those who came meanwhile, and publishes its group while the
// next one is being written. Nobody waits for company: a lone thread leads a group of one.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "wal/segment_writer.h"

namespace cfp::wal {

/// Called with each durable group, in order and one at a time, before anyone in it returns. May take the records over.
using DurableSink = std::function<void(std::span<const LineBatch>)>;

/// Threads: any. Durability: when `commit` returns, the records are on disk and published.
/// Failure: as SegmentWriter; all of a group fail together. When the sink throws, the record is on disk but readers do
/// not have it: every later commit throws `failed`.
class GroupCommit {
 public:
  GroupCommit(SegmentWriter& writer, DurableSink on_durable);

  /// Numbers the records without a gap and stores them; returns the last one's sequence. Throws `closed` after `close`.
  std::uint64_t commit(std::span<model::Record> records, bool atomic = false);
  /// Refuses further commits and waits for those under way.
  void close();

 private:
  struct Waiter;

  void wait_for_turn(Waiter& self);
  std::vector<Waiter*> take_group();
  void run_group(const std::vector<Waiter*>& group) noexcept;
  void write(std::span<const LineBatch> group);
  void publish(const std::vector<Waiter*>& group, std::span<const LineBatch> batches);
  void hand_over() noexcept;

  SegmentWriter& writer_;
  const DurableSink on_durable_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Waiter*> queue_;
  /// Held while a group is published; taken before the lead is handed over, which keeps the groups in order.
  std::mutex publishing_;
  std::atomic<bool> unpublished_ = false;  ///< A durable record did not reach its readers.
  bool has_leader_ = false;
  bool closed_ = false;
};

}  // namespace cfp::wal
