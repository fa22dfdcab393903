#pragma once

// What watching a store takes and gives: every change of it, in order.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "cfp/config.h"
#include "cfp/history.h"

namespace cfp {

namespace history {
class ChangeCursor;
}

/// Which changes are wanted.
struct WatchOptions {
  std::string prefix{};  ///< Of the keys; bytes of UTF-8, as in ListQuery.
  /// Everything above this sequence: pass the last one that was handled, or 0 for all there is. nullopt: from now on.
  std::optional<std::uint64_t> from_sequence{};
  bool with_old = false;  ///< Also what the item was before.
};

/// One record: a store, or a delete. Its sequence, version, item name and time are the record's.
struct Change {
  std::string key;
  std::string collection_name;
  ItemVersion version;
  /// With `with_old`: the version before, a delete too; nullopt for the first one of the item, and where a repair lost
  /// it.
  std::optional<ItemVersion> old;
};

/// Sequences, first and last included, that no record has: numbers that a crash took before their records were
/// acknowledged, or records that a repair declared lost. Told whatever the prefix.
struct SequenceGap {
  std::uint64_t first = 0, last = 0;
  friend bool operator==(const SequenceGap&, const SequenceGap&) = default;
};

using WatchEvent = std::variant<Change, SequenceGap>;

/// A place in the sequences of a store, from which it reads on: `CollectionFastPersist::watch` makes it. It is no
/// queue: however far it falls behind, it costs no memory and holds up no writer, since history keeps every record.
/// Durability: a change is given when it is on disk, whatever the durability of its store, so no crash takes back what
/// a watcher has seen. The records of a batch come one behind the other, and a batch is on disk whole. May be used and
/// destroyed before and after the store is closed, and after it is destroyed. Threads: one at a time; `stop` from any.
class Watcher {
 public:
  explicit Watcher(std::shared_ptr<history::ChangeCursor> cursor) : cursor_(std::move(cursor)) {}
  Watcher(Watcher&&) noexcept = default;
  Watcher& operator=(Watcher&&) noexcept = default;

  /// The next event, waiting for it as long as that; nullopt when none was found by then (where hardly any key has the
  /// prefix, there may be more to look through: `position` goes on), or no more will come (`ended`).
  /// Throws: forked, and what reading the tables throws; nothing is skipped by that, and it may be called again.
  std::optional<WatchEvent> next(std::chrono::milliseconds timeout);
  /// Whether no more events come: after `stop`, or once the store was closed and what the watcher had was given. The
  /// close reads the next 1,024 records for each watcher; one that is further behind goes on from its `position` at
  /// the next open.
  [[nodiscard]] bool ended() const;
  /// Everything through this sequence was given or did not match: what to pass as `from_sequence` to go on from here.
  [[nodiscard]] std::uint64_t position() const;
  /// Ends it, also while `next` waits.
  void stop() noexcept;

  /// For event loops, which must not wait. What is in memory; nullopt when nothing is.
  std::optional<WatchEvent> take();
  /// Reads on, if nothing is in memory; false when there is nothing to read either. May read from disk.
  bool fetch();
  /// Calls `wake` once, when there may be something to fetch or the end has come: here and now, or on a thread of the
  /// store. It must not throw, wait, or call the store.
  void wake_when_ready(std::function<void()> wake);

 private:
  std::shared_ptr<history::ChangeCursor> cursor_;
};

/// Hears of each event, in order. What it throws goes to `log_sink`, and the next event follows.
using WatchCallback = std::function<void(const WatchEvent&)>;

/// A watcher with a thread of its own: `CollectionFastPersist::subscribe` makes it. Ends with the store, too.
/// Threads: any but its own; the callback must not destroy it.
class Subscription {
 public:
  Subscription(Watcher watcher, WatchCallback callback, LogSink log_sink);
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&&) = delete;
  /// Waits for a callback that is running; none comes after it.
  ~Subscription();

  /// Everything through this sequence was handled.
  [[nodiscard]] std::uint64_t position() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace cfp
