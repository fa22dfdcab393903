#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "cfp/watch.h"
#include "history/change_page.h"

namespace cfp::history {

class ChangeCursor;

/// What the watchers of a store share: the way to its records as long as it is open, and the wake-up. A writer only
/// looks whether somebody waits.
/// Threads: any. Outlives the store where a watcher does.
class ChangeFeed : public std::enable_shared_from_this<ChangeFeed> {
 public:
  struct Calls {
    std::function<std::uint64_t()> synced_sequence;  ///< Everything through it is on disk.
    std::function<bool()> is_forked;                 ///< May be called when the store is gone.
    LogSink log_sink;                                ///< For what the callbacks of subscriptions throw.
  };
  ChangeFeed(const PastSources& sources, Calls calls) : sources_(sources), calls_(std::move(calls)) {}

  /// Throws: invalid_argument (a sequence that the store has not reached, a prefix that is no UTF-8).
  std::shared_ptr<ChangeCursor> open(WatchOptions options);
  /// After records were published or synced.
  void notify() noexcept;
  /// Has each cursor read on, then ends all. When it returns nobody reads from the store any more.
  void close() noexcept;

  [[nodiscard]] bool is_closed() const noexcept { return closed_.load(); }
  [[nodiscard]] bool is_forked() const { return calls_.is_forked(); }
  [[nodiscard]] const LogSink& log_sink() const noexcept { return calls_.log_sink; }
  /// Nothing when the store is closed, or has nothing on disk above that sequence.
  [[nodiscard]] std::optional<ChangePage> read(const WatchOptions& options, std::uint64_t after);
  /// Until there may be something above that sequence, or the end, or `stopped`. False when the time is over.
  bool wait(std::uint64_t after, const std::atomic<bool>& stopped, std::chrono::steady_clock::time_point end);
  /// Calls `wake` once: then, or now where it is so already.
  void wake_once(std::uint64_t after, const std::atomic<bool>& stopped, std::function<void()> wake);
  void wake_all() noexcept;

 private:
  [[nodiscard]] std::uint64_t last_sequence() const;
  [[nodiscard]] bool has_more(std::uint64_t after) const;

  const PastSources sources_;
  const Calls calls_;
  mutable std::shared_mutex reading_;  // shared while somebody uses the sources
  bool gone_ = false;                  // and with them the store; guarded by it
  std::atomic<bool> closed_{false};

  std::atomic<std::uint64_t> waiting_{0};  // threads and wakers: nobody else is notified
  std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wake_ups_ = 0;
  std::vector<std::function<void()>> wakers_;
  std::vector<std::weak_ptr<ChangeCursor>> cursors_;
};

/// One watcher. Threads: one at a time; `stop` and `prefetch` from any.
class ChangeCursor {
 public:
  ChangeCursor(std::shared_ptr<ChangeFeed> feed, WatchOptions options, std::uint64_t position)
      : feed_(std::move(feed)), options_(std::move(options)), read_through_(position), position_(position) {}

  std::optional<WatchEvent> next(std::chrono::milliseconds timeout);
  std::optional<WatchEvent> take();
  bool fetch();
  void wake_when_ready(std::function<void()> wake);
  [[nodiscard]] bool ended() const;
  [[nodiscard]] std::uint64_t position() const;
  void stop() noexcept;
  /// Reads what comes behind its position: all there is, or at least 1,024 records.
  void prefetch() noexcept;

 private:
  bool read();
  std::optional<WatchEvent> pop();
  std::optional<WatchEvent> first();
  void check_owner() const;
  [[nodiscard]] std::uint64_t read_through() const;

  const std::shared_ptr<ChangeFeed> feed_;
  const WatchOptions options_;
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;  // the user's thread, and the one that closes the store
  std::deque<WatchEvent> events_;
  std::uint64_t read_through_;
  std::uint64_t position_;  // of what was given, while there are events
};

}  // namespace cfp::history
