#include <algorithm>
#include <iterator>
#include <utility>

#include "history/change_feed.h"

namespace cfp::history {
namespace {

/// Longer than anybody waits, and far from where a clock ends.
constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);

std::uint64_t last_of(const WatchEvent& event) {
  const auto* const gap = std::get_if<SequenceGap>(&event);
  return gap == nullptr ? std::get<Change>(event).version.record.sequence() : gap->last;
}

}  // namespace

void ChangeCursor::check_owner() const {
  if (!feed_->is_forked()) return;
  throw CollectionFastPersistError(ErrorCode::forked,
                                   "The store was opened by the parent of this process, and only that can watch it.");
}

std::optional<WatchEvent> ChangeCursor::next(std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + std::min(timeout, kLongest);
  while (true) {
    check_owner();  // before any mutex, which nobody may be there to give back
    // Before looking: what a close has read for this one is there by then.
    const bool is_last_look = feed_->is_closed() || stopped_;
    const bool has_read = fetch();
    if (auto event = pop()) return event;
    if (is_last_look || (has_read && std::chrono::steady_clock::now() >= end)) return std::nullopt;
    if (!has_read && !feed_->wait(read_through(), stopped_, end)) return std::nullopt;
  }
}

std::optional<WatchEvent> ChangeCursor::take() {
  check_owner();
  // An event loop does not wait for a `fetch` that it gave up, either.
  const std::unique_lock lock(mutex_, std::try_to_lock);
  return lock ? first() : std::nullopt;
}

std::optional<WatchEvent> ChangeCursor::pop() {
  const std::lock_guard lock(mutex_);
  return first();
}

std::optional<WatchEvent> ChangeCursor::first() {
  if (stopped_ || events_.empty()) return std::nullopt;
  std::optional<WatchEvent> event(std::move(events_.front()));
  events_.pop_front();
  position_ = events_.empty() ? read_through_ : last_of(*event);
  return event;
}

bool ChangeCursor::fetch() {
  check_owner();
  const std::lock_guard lock(mutex_);
  return !stopped_ && (!events_.empty() || read());
}

bool ChangeCursor::read() {
  auto page = feed_->read(options_, read_through_);
  if (!page) return false;
  std::ranges::move(page->events, std::back_inserter(events_));
  read_through_ = page->through;
  if (events_.empty()) position_ = read_through_;
  return true;
}

void ChangeCursor::prefetch() noexcept {
  try {
    const std::lock_guard lock(mutex_);
    const std::uint64_t enough = position_ + kPageRecords;
    while (!stopped_ && read_through_ < enough && read()) {
    }
  } catch (const std::exception&) {
    return;  // it ends here, and goes on from its position at the next open
  }
}

void ChangeCursor::wake_when_ready(std::function<void()> wake) {
  check_owner();
  feed_->wake_once(read_through(), stopped_, std::move(wake));
}

bool ChangeCursor::ended() const {
  check_owner();
  if (stopped_) return true;
  if (!feed_->is_closed()) return false;
  const std::lock_guard lock(mutex_);
  return events_.empty();
}

std::uint64_t ChangeCursor::position() const {
  const std::lock_guard lock(mutex_);
  return position_;
}

std::uint64_t ChangeCursor::read_through() const {
  const std::lock_guard lock(mutex_);
  return read_through_;
}

void ChangeCursor::stop() noexcept {
  stopped_ = true;
  if (!feed_->is_forked()) feed_->wake_all();
}

}  // namespace cfp::history
