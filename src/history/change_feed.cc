#include "history/change_feed.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/mutant.h"

namespace cfp::history {

std::shared_ptr<ChangeCursor> ChangeFeed::open(WatchOptions options) {
  if (!json::is_utf8(options.prefix)) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument, "prefix: is no UTF-8, which every key is.");
  }
  std::uint64_t position = 0;
  {
    const std::shared_lock lock(reading_);
    if (gone_) throw CollectionFastPersistError(ErrorCode::closed, "The store is closed; open it again.");
    const std::uint64_t last = sources_.unflushed.last_sequence();
    position = options.from_sequence.value_or(last);
    if (position > last) {
      throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                       "from_sequence: the store's last sequence is " + std::to_string(last) + ", so " +
                                           std::to_string(position) +
                                           " is another store's, or this one was restored or repaired since; begin "
                                           "with one that it has, or with 0.");
    }
  }
  auto cursor = std::make_shared<ChangeCursor>(shared_from_this(), std::move(options), position);
  const std::lock_guard lock(mutex_);
  std::erase_if(cursors_, [](const auto& other) { return other.expired(); });
  cursors_.push_back(cursor);
  return cursor;
}

std::uint64_t ChangeFeed::last_sequence() const {
  // Both are ends of batches: whatever is smaller is one, too.
  const std::uint64_t last = sources_.unflushed.last_sequence();
  return CFP_MUTANT("watch_what_is_not_durable") ? last : std::min(last, calls_.synced_sequence());
}

bool ChangeFeed::has_more(std::uint64_t after) const {
  const std::shared_lock lock(reading_);
  return gone_ || last_sequence() > after;
}

std::optional<ChangePage> ChangeFeed::read(const WatchOptions& options, std::uint64_t after) {
  const std::shared_lock lock(reading_);
  if (gone_) return std::nullopt;
  const std::uint64_t last = last_sequence();
  if (last <= after) return std::nullopt;
  return read_page(sources_, options, after, last);
}

void ChangeFeed::notify() noexcept {
  // Whoever begins to wait counts himself first and looks for records then: one of the two sees the other.
  if (waiting_.load() != 0) wake_all();
}

void ChangeFeed::wake_all() noexcept {
  std::vector<std::function<void()>> wakers;
  {
    const std::lock_guard lock(mutex_);
    ++wake_ups_;
    wakers.swap(wakers_);
    waiting_ -= wakers.size();
  }
  woken_.notify_all();
  for (const auto& wake : wakers) wake();
}

bool ChangeFeed::wait(std::uint64_t after, const std::atomic<bool>& stopped,
                      std::chrono::steady_clock::time_point end) {
  ++waiting_;
  std::unique_lock lock(mutex_);
  const std::uint64_t before = wake_ups_;
  lock.unlock();
  bool is_woken = has_more(after);
  if (!is_woken) {
    lock.lock();
    is_woken = woken_.wait_until(lock, end, [&] { return wake_ups_ != before || closed_ || stopped; });
  }
  --waiting_;
  return is_woken;
}

void ChangeFeed::wake_once(std::uint64_t after, const std::atomic<bool>& stopped, std::function<void()> wake) {
  {
    const std::lock_guard lock(mutex_);
    wakers_.push_back(std::move(wake));
    ++waiting_;
  }
  if (has_more(after) || closed_ || stopped) wake_all();  // which calls it, if nobody else did
}

void ChangeFeed::close() noexcept {
  std::vector<std::shared_ptr<ChangeCursor>> cursors;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& at : cursors_) {
      if (auto cursor = at.lock()) cursors.push_back(std::move(cursor));
    }
    cursors_.clear();
  }
  for (const auto& cursor : cursors) cursor->prefetch();
  {
    const std::unique_lock lock(reading_);
    gone_ = true;
  }
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_all();
}

}  // namespace cfp::history
