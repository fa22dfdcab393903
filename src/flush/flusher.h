#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/recent_times.h"
#include "cfp/config.h"
#include "cfp/timestamp.h"
#include "flush/open_tables.h"
#include "flush/unflushed_set.h"
#include "os/background.h"
#include "os/clock.h"

namespace cfp::flush {

struct FlushOptions {
  std::uint64_t batch_size = 1000;
  std::chrono::milliseconds flush_interval{30'000};
  std::chrono::milliseconds latest_interval{300'000};
  std::uint64_t max_cache_bytes = UINT64_MAX;  ///< Of the cache, where records stay that latest lacks.
};

/// What the flusher calls outside its own room.
struct FlushCalls {
  OpenTables::OpenHistory open_history;  ///< Opens the table again after an unknown outcome.
  OpenTables::OpenLatest open_latest;
  std::function<void(std::span<const model::Record>)> forget;  ///< The cache's.
  std::function<void(std::uint64_t)> sync_log;                 ///< The log is on disk through that sequence then.
  std::function<void(LogLevel, const std::string&)> log;
};

/// Moves durable records to history, and now and then brings latest up to date: by count, by time and by call.
/// Threads: any; one flush runs at a time. Where more than one transaction waits, the next goes to history while the
/// one before it goes to latest. Durability: what goes to history is synced in the log before, so the tables never run
/// ahead of it. A watermark moves in the transaction of its rows. Failure: the calls throw; the background step keeps
/// the first cause and tries again. An error of a commit means "unknown": the table is opened again and its watermark
/// decides.
class Flusher {
 public:
  struct Numbers {
    std::uint64_t history_watermark;
    std::uint64_t latest_watermark;
    std::uint64_t errors;  ///< Since the last good flush.
    std::string last_error;
    std::optional<Timestamp> last_error_at;
  };

  Flusher(UnflushedSet& unflushed, OpenTables& tables, os::Clock& clock, FlushOptions options, FlushCalls calls,
          std::uint64_t watermark);

  /// Starts the background step.
  void start(os::Background& background);
  /// Stops it; waits for a running one.
  void stop();
  /// Called when records have come: wakes the step when there is enough to do.
  void notice();

  /// Moves everything that is there at the call to history.
  void flush();
  /// The same, then brings latest up to date.
  void update_latest();
  /// For a caller without room: brings latest up to date, or waits a moment for the room that a running flush makes.
  /// Throws the first cause when flushes have been failing for longer than `patience`.
  void make_room(std::uint64_t bytes, std::chrono::milliseconds patience);
  /// Runs `work` while no flush runs, after `update_latest`.
  void with_everything_applied(const std::function<void()>& work);

  /// Opens both tables again, after work beside flushes that failed in one of them: readers need them. What goes wrong
  /// with that is kept, and tried again by the step.
  void reopen() noexcept;

  [[nodiscard]] Numbers numbers() const;
  /// How long moving records to history took: each transaction.
  [[nodiscard]] const base::RecentTimes& times() const noexcept { return times_; }

 private:
  class FailureReport;
  using Records = std::vector<const model::Record*>;
  /// Of bringing records to history: which one failed decides what is opened again.
  enum class AppendStep { sync, lookup, append };

  std::chrono::milliseconds step() noexcept;
  [[nodiscard]] bool wants_latest();
  [[nodiscard]] bool is_crowded() const;
  [[nodiscard]] bool rests(std::chrono::steady_clock::time_point now);
  void flush_locked();
  [[nodiscard]] Records records_between(std::uint64_t after, std::uint64_t through) const;
  bool advance_both(std::uint64_t target);
  void advance(const Records& next, const Records& ready);
  void append_to_history(const Records& records, AppendStep& step);
  void resolve_versions(const Records& records);
  void update_latest_locked();
  void apply_to_latest(const Records& records);
  void sort_latest_locked();
  void look_after_history(const Records& records, AppendStep step, const std::exception_ptr& failure);
  void look_after_latest(const Records& records, const std::exception_ptr& failure);
  void reopen_history();
  void reopen_latest();
  void ensure_open();
  void reopen_locked() noexcept;
  template <class Work>
  void run(Work work);
  void note_failure(const std::string& cause);
  void note_success();

  UnflushedSet& unflushed_;
  OpenTables& tables_;
  os::Clock& clock_;
  const FlushOptions options_;
  const FlushCalls calls_;
  std::mutex mutex_;  // one flush at a time
  std::atomic<std::uint64_t> history_watermark_;
  std::atomic<std::uint64_t> latest_watermark_;
  std::atomic<std::uint64_t> noticed_through_;
  base::RecentTimes times_;                            // added to under mutex_
  std::chrono::steady_clock::time_point next_batch_;   // by count, not earlier; guarded by mutex_
  std::chrono::steady_clock::time_point next_flush_;   // guarded by mutex_
  std::chrono::steady_clock::time_point next_latest_;  // guarded by mutex_

  mutable std::mutex failure_mutex_;
  std::uint64_t errors_ = 0;
  std::string first_error_, last_error_, unreported_error_;  // the last one a whole message
  std::optional<Timestamp> last_error_at_;
  std::chrono::steady_clock::time_point failing_since_;
  std::mutex task_mutex_;
  std::unique_ptr<os::BackgroundTask> task_;
};

}  // namespace cfp::flush
