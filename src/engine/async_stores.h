#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/compared_write.h"
#include "engine/store_call.h"
#include "os/background.h"
#include "os/clock.h"

namespace cfp::engine {

/// The queue behind `store_async`, and the one background task that empties it: it takes what waits as a group, has it
/// stored by one commit, and tells the outcomes one after another. The task starts with the first call.
/// Threads: `add` from any; `close` one at a time.
/// Failure: a call that is refused for its content or condition fails alone; a commit that fails, fails for all of its
/// group.
class AsyncStores {
 public:
  struct Limits {
    std::uint64_t queue_bytes;  ///< A call that is larger gets in when nothing else waits.
    std::uint64_t group_bytes;  ///< A larger call is a group of its own.
    std::chrono::milliseconds patience;
  };
  /// What it calls outside, with no mutex held.
  struct Calls {
    /// Makes the record with its conditions, or throws why it is refused. `now` is the time of the call.
    std::function<ComparedWrite::Part(const Batch::Change& change, Timestamp now)> encode;
    /// Stores each whose condition holds, in order; returns what became of each. Throws what all of them fail with.
    std::function<std::vector<StoreOutcome>(std::vector<ComparedWrite::Part> parts, Durability)> commit;
    std::function<std::string()> cause_of_delay;
    std::function<void(LogLevel, const std::string&)> log;
  };

  AsyncStores(os::Background& background, os::Clock& clock, Limits limits, Calls calls);

  /// Throws, having taken nothing: overloaded, closed, invalid_argument, std::system_error (no thread to be had).
  void add(StoreCall call);
  /// Refuses further calls, then stores what waits, and tells it, on this thread. Returns how many callbacks threw:
  /// the caller may hold a lock, with which nothing is to be logged.
  std::size_t close();

 private:
  struct Waiting {
    StoreCall call;
    Timestamp now;
    std::uint64_t bytes = 0;
    StoreOutcome outcome{};
  };
  using Group = std::list<Waiting>;  // moves from the queue without memory, so that a step cannot fail for want of it

  bool try_add(Group& one);
  std::chrono::milliseconds step() noexcept;
  Group take_group();
  std::size_t store(Group group) noexcept;
  void commit(Group& group) noexcept;
  [[nodiscard]] bool is_empty();

  os::Background& background_;
  os::Clock& clock_;
  const Limits limits_;
  const Calls calls_;
  std::mutex mutex_;
  Group queue_;
  std::uint64_t queued_bytes_ = 0;
  bool closed_ = false;
  std::unique_ptr<os::BackgroundTask> task_;  // last: its step uses all of the above
};

/// The text for `count` callbacks that broke their promise.
std::string describe_thrown(std::size_t count);

}  // namespace cfp::engine
