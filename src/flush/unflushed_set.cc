#include "flush/unflushed_set.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "base/mutant.h"

namespace cfp::flush {
namespace {

bool is_before(const model::Record& record, std::uint64_t sequence) { return record.sequence() <= sequence; }

}  // namespace

bool UnflushedSet::try_reserve(std::uint64_t bytes) {
  std::uint64_t taken = bytes_;
  do {
    if (!fits(taken, bytes) && !CFP_MUTANT("unbounded_queue")) return false;
  } while (!bytes_.compare_exchange_weak(taken, taken + bytes));
  return true;
}

void UnflushedSet::wait_for_room(std::uint64_t bytes, std::chrono::milliseconds longest) {
  std::unique_lock lock(mutex_);
  ++waiting_;
  room_.wait_for(lock, longest, [&] { return fits(bytes_, bytes); });
  --waiting_;
}

void UnflushedSet::release(std::uint64_t bytes) {
  bytes_ -= bytes;
  if (waiting_ == 0) return;  // who comes now sees the room
  const std::lock_guard lock(mutex_);
  room_.notify_all();
}

void UnflushedSet::append(std::span<model::Record> records) {
  const std::lock_guard lock(mutex_);
  for (model::Record& record : records) {
    records_.push_back(std::move(record));  // where there is no memory for one, those before it are here
    last_sequence_.store(records_.back().sequence(), std::memory_order_release);
  }
}

std::vector<const model::Record*> UnflushedSet::after(std::uint64_t after, std::size_t count) const {
  std::vector<const model::Record*> result;
  const std::lock_guard lock(mutex_);
  auto at = std::partition_point(records_.begin(), records_.end(),
                                 [&](const model::Record& record) { return is_before(record, after); });
  result.reserve(std::min<std::size_t>(count, static_cast<std::size_t>(records_.end() - at)));
  for (; at != records_.end() && result.size() < count; ++at) result.push_back(&*at);
  return result;
}

const model::Record* UnflushedSet::find(std::uint64_t sequence) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::partition_point(records_.begin(), records_.end(),
                                       [&](const model::Record& record) { return record.sequence() < sequence; });
  return at != records_.end() && at->sequence() == sequence ? &*at : nullptr;
}

std::optional<std::uint64_t> UnflushedSet::last_sequence_at(std::int64_t time_us) const {
  const std::lock_guard lock(mutex_);
  const auto later = std::partition_point(records_.begin(), records_.end(), [&](const model::Record& record) {
    return record.state->updated_at_us <= time_us;
  });
  if (later == records_.begin()) return std::nullopt;
  return std::prev(later)->sequence();
}

std::shared_ptr<const void> UnflushedSet::pin() {
  std::unique_lock lock(mutex_);
  const auto floor = pinned_floors_.insert(trimmed_through_);
  lock.unlock();  // should there be no memory for the pin, its end comes at once
  return {this, [this, floor](const void*) {
            const std::lock_guard inner(mutex_);
            pinned_floors_.erase(floor);
          }};
}

void UnflushedSet::trim(std::uint64_t through, const std::function<void(std::span<const model::Record>)>& forget) {
  constexpr std::size_t kSlice = 1024;  // bounds how long stores wait for the mutex
  std::vector<model::Record> slice;
  slice.reserve(kSlice);  // nothing may fail between the set and the cache
  while (true) {
    slice.clear();
    std::uint64_t bytes = 0;
    {
      const std::lock_guard lock(mutex_);
      if (!pinned_floors_.empty() && !CFP_MUTANT("trim_below_a_pinned_floor"))
        through = std::min(through, *pinned_floors_.begin());
      trimmed_through_ = std::max(trimmed_through_, through);
      while (!records_.empty() && slice.size() < kSlice && is_before(records_.front(), through)) {
        bytes += model::footprint_bytes(records_.front());
        slice.push_back(std::move(records_.front()));
        records_.pop_front();
      }
    }
    if (slice.empty()) return;
    release(bytes);
    forget(slice);
  }
}

std::uint64_t UnflushedSet::trimmed_through() const {
  const std::lock_guard lock(mutex_);
  return trimmed_through_;
}

std::uint64_t UnflushedSet::count_after(std::uint64_t sequence) const {
  const std::lock_guard lock(mutex_);
  const auto at = std::partition_point(records_.begin(), records_.end(),
                                       [&](const model::Record& record) { return is_before(record, sequence); });
  return static_cast<std::uint64_t>(records_.end() - at);
}

std::uint64_t UnflushedSet::items_after(std::uint64_t sequence) const {
  std::unordered_set<std::uint64_t> items;  // 64-bit hashes: a collision would only miscount
  const std::lock_guard lock(mutex_);
  for (auto at = records_.rbegin(); at != records_.rend() && at->sequence() > sequence; ++at)
    items.insert(at->item_hash);
  return items.size();
}

}  // namespace cfp::flush
