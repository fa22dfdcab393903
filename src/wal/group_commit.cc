#include "wal/group_commit.h"

#include <emmintrin.h>

#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "cfp/error.h"
#include "wal/line.h"
#include "wal/signal.h"

namespace cfp::wal {
namespace {

// Larger groups gain nothing in throughput, but make everyone in them wait longer.
constexpr std::uint64_t kMaxGroupBytes = 64 * 1024 * 1024;

CollectionFastPersistError unpublished_error() {
  return {ErrorCode::failed,
          "A stored record could not be published, so writes are refused; reads go on. Nothing acknowledged is lost: "
          "close the store and open it again, which reads the log."};
}

}  // namespace

/// One caller. Lives on its stack: another thread tells it one thing once, and does not touch it afterwards. (A mutex
/// held around a notification would let the woken thread run into it.)
struct GroupCommit::Waiter {
  LineBatch batch;
  Proposal* proposal = nullptr;  // makes the batch, once its turn has come
  std::uint64_t bytes = 0;
  std::uint64_t last_sequence = 0;
  std::exception_ptr error;
  bool wants_sync = true;
  bool leads = false;  // else its group is done
  Signal told;
};

GroupCommit::GroupCommit(SegmentWriter& writer, DurableSink on_durable)
    : writer_(writer), on_durable_(std::move(on_durable)) {}

std::uint64_t GroupCommit::commit(std::span<model::Record> records, bool atomic, Wait wait) {
  std::vector<std::string> line_starts;
  line_starts.reserve(records.size());
  Waiter self;
  for (const model::Record& record : records) {
    line_starts.push_back(encode_line_start(record));
    self.bytes += line_starts.back().size();
  }
  self.batch = LineBatch{records, line_starts, atomic};
  self.wants_sync = wait == Wait::for_sync;
  run(self);
  return self.last_sequence;
}

std::uint64_t GroupCommit::commit(Proposal& proposal, Wait wait) {
  Waiter self;
  self.wants_sync = wait == Wait::for_sync;
  self.proposal = &proposal;
  self.bytes = proposal.bytes();
  run(self);
  return self.last_sequence;
}

void GroupCommit::sync(std::uint64_t through) {
  if (writer_.numbers().synced_sequence >= through) return;
  Waiter self;
  run(self);
}

void GroupCommit::run(Waiter& self) {
  wait_for_turn(self);
  if (self.leads) {
    const std::vector<Waiter*> group = take_group();  // may throw for want of memory, and has handed over then
    run_group(group);
    for (Waiter* waiter : group) {
      if (waiter != &self) waiter->told.give();
    }
  }
  if (self.error) std::rethrow_exception(self.error);
}

void GroupCommit::wait_for_turn(Waiter& self) {
  bool is_soon = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) throw CollectionFastPersistError(ErrorCode::closed, "The store is closed; open it again to store.");
    queue_.push_back(&self);
    if (!has_leader_) {
      has_leader_ = true;
      self.leads = true;
      return;
    }
    is_soon = !self.wants_sync && queue_.size() <= 2;  // beside the leader, who may be in it
  }
  self.told.wait(is_soon);
}

std::vector<GroupCommit::Waiter*> GroupCommit::take_group() {
  std::vector<Waiter*> group;
  std::unique_lock lock(mutex_);
  try {
    group.reserve(queue_.size());
  } catch (...) {
    queue_.pop_front();  // the leader itself, which fails alone
    lock.unlock();
    hand_over();
    throw;
  }
  std::uint64_t bytes = 0;
  while (!queue_.empty() && (group.empty() || bytes + queue_.front()->bytes <= kMaxGroupBytes)) {
    bytes += queue_.front()->bytes;
    group.push_back(queue_.front());
    queue_.pop_front();
  }
  return group;
}

void GroupCommit::run_group(const std::vector<Waiter*>& group) noexcept {
  std::exception_ptr error;
  bool leads = true;
  try {
    decide(group);
    std::vector<LineBatch> batches;
    batches.reserve(group.size());
    for (const Waiter* waiter : group) {
      if (!waiter->batch.records.empty()) batches.push_back(waiter->batch);
    }
    const bool syncs = std::ranges::any_of(group, &Waiter::wants_sync);
    write(batches, syncs);
    const auto turn = take_turn_to_publish();
    hand_over();  // before readers see the group: the disk need not wait for that
    leads = false;
    publish(group, batches);
  } catch (...) {
    error = std::current_exception();
  }
  if (leads) hand_over();
  if (!error) return;
  for (Waiter* waiter : group) waiter->error = error;  // instead of a refusal, too: what it rests on may not be there
}

void GroupCommit::decide(const std::vector<Waiter*>& group) {
  const auto last = std::find_if(group.rbegin(), group.rend(), [](const Waiter* w) { return w->proposal != nullptr; });
  if (last == group.rend()) return;
  // A leader publishes before this one's group is, and nobody else does: after this line readers' state stands still.
  { const std::lock_guard earlier_groups_are_published(publishing_); }
  PendingItems before;
  for (Waiter* waiter : std::span(group.begin(), last.base())) {
    if (waiter->proposal != nullptr) {
      try {
        waiter->batch = waiter->proposal->decide(before);
      } catch (...) {
        waiter->error = std::current_exception();
      }
    }
    if (waiter == *last) break;  // nobody asks for what stands before the next one
    for (const model::Record& record : waiter->batch.records) before.add(record);
  }
}

void GroupCommit::write(std::span<const LineBatch> group, bool syncs) {
  if (unpublished_) throw unpublished_error();
  try {
    writer_.write(group, syncs);
  } catch (...) {
    if (CFP_MUTANT("publish_what_is_not_durable")) on_durable_(group);
    throw;
  }
}

/// The group before this one is published within microseconds: to sleep and to be woken would take longer than to look
/// for its end.
std::unique_lock<std::mutex> GroupCommit::take_turn_to_publish() {
  constexpr int kLooks = 400;
  std::unique_lock turn(publishing_, std::try_to_lock);
  for (int i = 0; !turn.owns_lock() && i < kLooks; ++i) {
    _mm_pause();
    static_cast<void>(turn.try_lock());
  }
  if (!turn.owns_lock()) turn.lock();
  return turn;
}

void GroupCommit::publish(const std::vector<Waiter*>& group, std::span<const LineBatch> batches) {
  // Whoever was published after such a record would build on a state that readers do not have.
  if (unpublished_) throw unpublished_error();
  if (batches.empty()) return;
  for (Waiter* waiter : group) {
    if (!waiter->batch.records.empty()) waiter->last_sequence = waiter->batch.records.back().sequence();
  }
  try {
    on_durable_(batches);
  } catch (...) {
    unpublished_ = true;
    throw;
  }
}

void GroupCommit::hand_over() noexcept {
  Waiter* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) {
      has_leader_ = false;
      if (closed_) idle_.notify_all();
      return;
    }
    next = queue_.front();
  }
  next->leads = true;
  next->told.give();
}

void GroupCommit::close() {
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    idle_.wait(lock, [&] { return !has_leader_ && queue_.empty(); });
  }
  const std::lock_guard last_group_is_published(publishing_);
  const SegmentWriter::Numbers numbers = writer_.numbers();
  if (numbers.synced_sequence < numbers.last_sequence) writer_.write({});
}

}  // namespace cfp::wal
