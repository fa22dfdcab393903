#pragma once

// Threads that store at the same time share one sync. The first to come leads: it takes everybody who is waiting as
// one group, writes, syncs, hands the lead to the first of those who came meanwhile, and publishes its group while the
// next one is being written. Nobody waits for company: a lone thread leads a group of one.
//
// What is written on a condition (`Proposal`) is decided by the leader, who knows the place in the log: every earlier
// group is published then, and what comes before it in its own group is in `PendingItems`.

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

#include "wal/pending_items.h"
#include "wal/segment_writer.h"

namespace cfp::wal {

/// When a commit returns: once it is on disk, or once it is in the file, which outlives the process. A group is synced
/// if one of those in it asks for that, and then with all that came before it.
enum class Wait { for_sync, for_write };

/// Called with each group that is as durable as it is to be, in order and one at a time, before anyone in it returns.
/// May take the records over.
using DurableSink = std::function<void(std::span<const LineBatch>)>;

/// Records whose content depends on what is stored before them.
class Proposal {
 public:
  Proposal() = default;
  Proposal(const Proposal&) = delete;
  Proposal& operator=(const Proposal&) = delete;
  virtual ~Proposal() = default;

  /// Bytes of log that it will take, about.
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  /// What to write, perhaps nothing; it stays valid as long as the proposal does. Called once for each commit, by the
  /// leader, with no mutex held: every group before this one is published, and `before` has what the leader has
  /// accepted of this one. Must not wait. What it throws is thrown by `commit`, and nothing of it is written.
  virtual LineBatch decide(const PendingItems& before) = 0;
};

/// Threads: any. Durability: when `commit` returns, the records are on disk (or written) and published. A proposal that
/// was refused, or has nothing to write, is told so once everything that it was compared with is on disk. Failure: as
/// SegmentWriter; all of a group fail together. When the sink throws, the record is on disk but readers do not have it:
/// every later commit throws `failed`.
class GroupCommit {
 public:
  GroupCommit(SegmentWriter& writer, DurableSink on_durable);

  /// Numbers the records without a gap and stores them; returns the last one's sequence. Throws `closed` after `close`.
  std::uint64_t commit(std::span<model::Record> records, bool atomic = false, Wait wait = Wait::for_sync);
  /// Lets the proposal decide when its turn has come. Returns the last sequence, or 0 when there was nothing to write.
  std::uint64_t commit(Proposal& proposal, Wait wait = Wait::for_sync);
  /// Everything through this sequence, which was committed, is on disk when it returns.
  void sync(std::uint64_t through);
  /// Refuses further commits, waits for those under way, and syncs what was only written.
  void close();

 private:
  struct Waiter;

  void run(Waiter& self);
  void wait_for_turn(Waiter& self);
  std::vector<Waiter*> take_group();
  void run_group(const std::vector<Waiter*>& group) noexcept;
  void decide(const std::vector<Waiter*>& group);
  void write(std::span<const LineBatch> group, bool syncs);
  std::unique_lock<std::mutex> take_turn_to_publish();
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
