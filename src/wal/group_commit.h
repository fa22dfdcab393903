#pragma once

// Threads that store at the same time share one sync. The first to come leads: it takes everybody who is waiting as
// one group, writes, syncs, publishes, and hands the lead to the first of those who came meanwhile. Nobody waits for
// company: a lone thread leads a group of one.

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

/// Called by the leader with a durable group, in order, before anyone in it returns. May take the records over.
using DurableSink = std::function<void(std::span<const LineBatch>)>;

/// Threads: any. Durability: when `commit` returns, the records are on disk and published.
/// Failure: as SegmentWriter; all of a group fail together.
class GroupCommit {
 public:
  GroupCommit(SegmentWriter& writer, DurableSink on_durable);

  /// Numbers and stores the records; returns the last one's sequence. Throws `closed` after `close`.
  std::uint64_t commit(std::span<model::Record> records, bool atomic = false);
  /// Refuses further commits and waits for those under way.
  void close();

 private:
  struct Waiter;

  void wait_for_turn(Waiter& self);
  std::vector<Waiter*> take_group();
  void run_group(const std::vector<Waiter*>& group) noexcept;
  void hand_over();

  SegmentWriter& writer_;
  const DurableSink on_durable_;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::deque<Waiter*> queue_;
  bool has_leader_ = false;
  bool closed_ = false;
};

}  // namespace cfp::wal
