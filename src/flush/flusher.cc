#include "flush/flusher.h"

#include <algorithm>

namespace cfp::flush {
namespace {

constexpr std::chrono::milliseconds kPauseAfterFailure{1000};
// A transaction costs as much as a thousand rows: while batches come faster than this, several go in one.
constexpr std::chrono::milliseconds kPauseBetweenBatches{100};
constexpr std::uint64_t kBatchesWithoutPause = 16;
// A flush that ends without having made room tells nobody.
constexpr std::chrono::milliseconds kLongestWaitForRoom{100};

}  // namespace

Flusher::Flusher(UnflushedSet& unflushed, OpenTables& tables, os::Clock& clock, FlushOptions options, FlushCalls calls,
                 std::uint64_t watermark)
    : unflushed_(unflushed),
      tables_(tables),
      clock_(clock),
      options_(options),
      calls_(std::move(calls)),
      history_watermark_(watermark),
      latest_watermark_(watermark),
      noticed_through_(watermark),
      next_batch_(clock.steady_now()),
      next_flush_(clock.steady_now() + options.flush_interval),
      next_latest_(clock.steady_now() + options.latest_interval) {}

void Flusher::start(os::Background& background) {
  const std::lock_guard lock(task_mutex_);
  task_ = background.start("cfp-flusher", options_.flush_interval, [this] { return step(); });
}

void Flusher::stop() {
  const std::lock_guard lock(task_mutex_);
  task_.reset();
}

void Flusher::notice() {
  const std::uint64_t last = unflushed_.last_sequence();
  const bool enough = last - std::min(last, noticed_through_.load()) >= options_.batch_size;
  if (!enough && !is_crowded()) return;
  noticed_through_ = last;
  const std::lock_guard lock(task_mutex_);
  if (task_) task_->wake();
}

bool Flusher::rests(std::chrono::steady_clock::time_point now) {
  const std::uint64_t last = unflushed_.last_sequence();
  const std::uint64_t waiting = last - std::min(last, history_watermark_.load());
  return tables_.has_history() && tables_.has_latest() && now < std::min(next_batch_, next_flush_) &&
         waiting < kBatchesWithoutPause * options_.batch_size && !wants_latest();
}

bool Flusher::wants_latest() { return clock_.steady_now() >= next_latest_ || is_crowded(); }

/// Whether records that latest lacks take a quarter of what they may take, here or in the cache, which keeps them too.
bool Flusher::is_crowded() const {
  return unflushed_.bytes() >= std::min(unflushed_.max_bytes(), options_.max_cache_bytes) / 4;
}

/// Tells of a new failure once the mutex is given back: whoever listens may wait for a lock of a caller's.
class Flusher::FailureReport {
 public:
  explicit FailureReport(Flusher& flusher) : flusher_(flusher) {}
  FailureReport(const FailureReport&) = delete;
  FailureReport& operator=(const FailureReport&) = delete;
  ~FailureReport() {
    std::string cause;
    {
      const std::lock_guard lock(flusher_.failure_mutex_);
      cause.swap(flusher_.unreported_error_);
    }
    if (!cause.empty()) flusher_.calls_.log(LogLevel::error, cause);  // takes no memory: nothing may throw here
  }

 private:
  Flusher& flusher_;
};

std::chrono::milliseconds Flusher::step() noexcept {
  const FailureReport report(*this);
  try {
    const std::lock_guard lock(mutex_);
    auto next = next_batch_;
    if (!rests(clock_.steady_now())) {
      run([&] {
        if (!wants_latest()) flush_locked();
        if (wants_latest()) update_latest_locked();
        sort_latest_locked();
      });
      next_batch_ = clock_.steady_now() + kPauseBetweenBatches;
      next = std::min(next_flush_, next_latest_);
    }
    return std::max(std::chrono::milliseconds(1),
                    std::chrono::duration_cast<std::chrono::milliseconds>(next - clock_.steady_now()));
  } catch (...) {
    return kPauseAfterFailure;  // `run` has kept the cause
  }
}

void Flusher::flush() {
  const FailureReport report(*this);
  const std::lock_guard lock(mutex_);
  run([&] { flush_locked(); });
}

void Flusher::update_latest() {
  const FailureReport report(*this);
  const std::lock_guard lock(mutex_);
  run([&] {
    update_latest_locked();
    sort_latest_locked();
  });
}

void Flusher::with_everything_applied(const std::function<void()>& work) {
  const FailureReport report(*this);
  const std::lock_guard lock(mutex_);
  run([&] {
    update_latest_locked();
    sort_latest_locked();
  });
  try {
    work();
  } catch (...) {
    reopen_locked();
    throw;
  }
}

void Flusher::reopen() noexcept {
  const FailureReport report(*this);
  const std::lock_guard lock(mutex_);
  reopen_locked();
}

void Flusher::make_room(std::uint64_t bytes, std::chrono::milliseconds patience) {
  const FailureReport report(*this);
  try {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) {  // somebody makes some, a transaction at a time
      unflushed_.wait_for_room(bytes, kLongestWaitForRoom);
      return;
    }
    if (unflushed_.bytes() + bytes <= unflushed_.max_bytes()) return;
    run([&] { update_latest_locked(); });  // and nothing that makes no room: it would keep the caller waiting
  } catch (const CollectionFastPersistError&) {
    const std::lock_guard lock(failure_mutex_);
    if (clock_.steady_now() - failing_since_ < patience) return;
    throw CollectionFastPersistError(
        ErrorCode::overloaded,
        "Not stored: the tables have taken nothing for store_timeout_seconds, and the room "
        "for records on their way is full. First cause: " +
            first_error_);
  }
}

template <class Work>
void Flusher::run(Work work) {
  try {
    ensure_open();
    work();
    note_success();
  } catch (const std::exception& error) {
    note_failure(error.what());
    throw;
  }
}

void Flusher::flush_locked() {
  next_flush_ = clock_.steady_now() + options_.flush_interval;
  const std::uint64_t target = unflushed_.last_sequence();
  while (history_watermark_ < target) {
    const Records records = records_between(history_watermark_, target);
    if (records.empty()) return;
    advance(records, {});
  }
}

void Flusher::update_latest_locked() {
  next_flush_ = clock_.steady_now() + options_.flush_interval;
  const std::uint64_t target = unflushed_.last_sequence();
  while (latest_watermark_ < target && advance_both(target)) {
    unflushed_.trim(latest_watermark_, calls_.forget);
  }
  unflushed_.trim(latest_watermark_, calls_.forget);  // what a pin held back earlier
  next_latest_ = clock_.steady_now() + options_.latest_interval;
}

void Flusher::sort_latest_locked() {
  try {
    tables_.with_latest([](tables::LatestTable& table) {
      if (table.wants_sorting()) table.sort();
    });
  } catch (const std::exception&) {
    reopen_latest();
    throw;
  }
}

void Flusher::note_failure(const std::string& cause) {
  const std::lock_guard lock(failure_mutex_);
  if (errors_++ == 0) {
    failing_since_ = clock_.steady_now();
    first_error_ = cause;
    unreported_error_ = "A flush failed; nothing is lost, it is tried again: " + cause;
  }
  last_error_ = cause;
  last_error_at_ = Timestamp(clock_.now());
}

void Flusher::note_success() {
  const std::lock_guard lock(failure_mutex_);
  errors_ = 0;
}

Flusher::Numbers Flusher::numbers() const {
  const std::lock_guard lock(failure_mutex_);
  return {history_watermark_, latest_watermark_, errors_, last_error_, last_error_at_};
}

}  // namespace cfp::flush
