#include "wal/group_commit.h"

#include <utility>

#include "cfp/error.h"
#include "wal/line.h"

namespace cfp::wal {
namespace {

// Larger groups gain nothing in throughput, but make everyone in them wait longer.
constexpr std::uint64_t kMaxGroupBytes = 64 * 1024 * 1024;

}  // namespace

/// One caller. Lives on its stack; another thread touches it only under its own mutex, and not after it said `done`.
struct GroupCommit::Waiter {
  LineBatch batch;
  std::uint64_t bytes = 0;
  std::uint64_t last_sequence = 0;
  std::exception_ptr error;
  enum class State { waiting, leading, done } state = State::waiting;
  std::mutex mutex;
  std::condition_variable changed;

  void become(State next) {
    const std::lock_guard lock(mutex);
    state = next;
    changed.notify_one();
  }
};

GroupCommit::GroupCommit(SegmentWriter& writer, DurableSink on_durable)
    : writer_(writer), on_durable_(std::move(on_durable)) {}

std::uint64_t GroupCommit::commit(std::span<model::Record> records, bool atomic) {
  std::vector<std::string> line_starts;
  line_starts.reserve(records.size());
  Waiter self;
  for (const model::Record& record : records) {
    line_starts.push_back(encode_line_start(record));
    self.bytes += line_starts.back().size();
  }
  self.batch = LineBatch{records, line_starts, atomic};

  wait_for_turn(self);
  if (self.state == Waiter::State::leading) {
    const std::vector<Waiter*> group = take_group();  // may throw for want of memory, and has handed over then
    run_group(group);
    hand_over();  // before the others are woken: the disk need not wait for that
    for (Waiter* waiter : group) {
      if (waiter != &self) waiter->become(Waiter::State::done);
    }
  }
  if (self.error) std::rethrow_exception(self.error);
  return self.last_sequence;
}

void GroupCommit::wait_for_turn(Waiter& self) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) throw CollectionFastPersistError(ErrorCode::closed, "The store is closed; open it again to store.");
    queue_.push_back(&self);
    if (!has_leader_) {
      has_leader_ = true;
      self.state = Waiter::State::leading;
      return;
    }
  }
  std::unique_lock lock(self.mutex);
  self.changed.wait(lock, [&] { return self.state != Waiter::State::waiting; });
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
  bool durable = false;
  try {
    std::vector<LineBatch> batches;
    batches.reserve(group.size());
    for (const Waiter* waiter : group) batches.push_back(waiter->batch);
    writer_.write(batches);
    durable = true;
    for (Waiter* waiter : group) waiter->last_sequence = waiter->batch.records.back().sequence();
    on_durable_(batches);
  } catch (...) {
    error = std::current_exception();
    // On disk, but not in the cache: whoever stored next would build on a state that readers do not have.
    if (durable) writer_.refuse("a stored record could not be published");
  }
  for (Waiter* waiter : group) waiter->error = error;
}

void GroupCommit::hand_over() {
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
  next->become(Waiter::State::leading);
}

void GroupCommit::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  idle_.wait(lock, [&] { return !has_leader_ && queue_.empty(); });
}

}  // namespace cfp::wal
