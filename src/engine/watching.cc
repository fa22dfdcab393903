// The calls of a watcher, and the thread that makes them for a subscription.

#include <atomic>
#include <system_error>

#include "cfp/watch.h"
#include "history/change_feed.h"

namespace cfp {
namespace {

/// How often a subscription looks whether it is to go on, while nothing happens; a stop wakes it at once.
constexpr std::chrono::hours kUntilStopped{1};
/// After the tables could not be read: the flusher opens them again.
constexpr std::chrono::milliseconds kPauseAfterError{200};

}  // namespace

std::optional<WatchEvent> Watcher::next(std::chrono::milliseconds timeout) { return cursor_->next(timeout); }
bool Watcher::ended() const { return cursor_->ended(); }
std::uint64_t Watcher::position() const { return cursor_->position(); }
void Watcher::stop() noexcept { cursor_->stop(); }
std::optional<WatchEvent> Watcher::take() { return cursor_->take(); }
bool Watcher::fetch() { return cursor_->fetch(); }
void Watcher::wake_when_ready(std::function<void()> wake) { cursor_->wake_when_ready(std::move(wake)); }

/// What the thread and its owner share.
struct Subscription::State {
  State(Watcher from, WatchCallback to, LogSink sink)
      : watcher(std::move(from)), callback(std::move(to)), log_sink(std::move(sink)), position(watcher.position()) {}

  Watcher watcher;
  const WatchCallback callback;
  const LogSink log_sink;
  std::atomic<std::uint64_t> position;
  std::string last_error;

  void run() noexcept {
    while (true) {
      try {
        const bool has_ended = watcher.ended();
        if (const auto event = watcher.next(kUntilStopped)) {
          tell(*event);
        } else if (has_ended || watcher.ended()) {
          return;
        }
        position = watcher.position();
      } catch (const std::exception& error) {
        if (!is_worth_another_try(error)) return;
      }
    }
  }

 private:
  void tell(const WatchEvent& event) noexcept {
    try {
      callback(event);
    } catch (const std::exception& error) {
      log(std::string("The callback of a subscription threw: ") + error.what());
    } catch (...) {
      log("The callback of a subscription threw something that is no std::exception.");
    }
  }
  bool is_worth_another_try(const std::exception& error) noexcept {
    const auto* const ours = dynamic_cast<const CollectionFastPersistError*>(&error);
    if (ours != nullptr && ours->code() == ErrorCode::forked) return false;
    if (last_error != error.what()) log(last_error = std::string("A subscription cannot read on: ") + error.what());
    std::this_thread::sleep_for(kPauseAfterError);
    return true;
  }
  void log(const std::string& text) noexcept {
    if (log_sink) log_sink(LogLevel::error, text);
  }
};

Subscription::Subscription(Watcher watcher, WatchCallback callback, LogSink log_sink)
    : state_(std::make_shared<State>(std::move(watcher), std::move(callback), std::move(log_sink))) {
  if (!state_->callback) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument, "callback: there is none; subscribe needs one.");
  }
  try {
    thread_ = std::thread([state = state_] { state->run(); });
  } catch (const std::system_error& error) {
    throw CollectionFastPersistError(ErrorCode::io,
                                     std::string("There is no thread for a subscription (") + error.what() + ").");
  }
}

Subscription::~Subscription() {
  if (!state_) return;  // moved from
  state_->watcher.stop();
  if (!thread_.joinable()) return;
  try {
    static_cast<void>(state_->watcher.ended());
    thread_.join();
  } catch (const CollectionFastPersistError&) {
    thread_.detach();  // in a forked child, where the thread is not
  }
}

std::uint64_t Subscription::position() const { return state_->position; }

}  // namespace cfp
