#pragma once

// Calls that may wait for a disk run without the interpreter's lock. Those that may take long (open, flush, close,
// backup, ...) run beside the main thread, so that Ctrl-C is answered: Python runs signal handlers only there, and only
// between its own instructions. What was interrupted carries on and ends by itself; nothing is lost by that.
//
// A process that ends waits for all of them: a thread that wants the lock back when the interpreter is gone would be
// ended by it in the midst of our code.

#include <nanobind/nanobind.h>

#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace cfp::python {

/// Counts a call as under way.
class CallUnderWay {
 public:
  CallUnderWay() noexcept;
  ~CallUnderWay();
  CallUnderWay(CallUnderWay&& other) noexcept : counts_(std::exchange(other.counts_, false)) {}
  CallUnderWay& operator=(CallUnderWay&&) = delete;

 private:
  bool counts_ = true;
};

/// Gives the interpreter's lock away until the end of the block.
class Released {
 private:
  CallUnderWay call_;  // ends after the lock is back
  nanobind::gil_scoped_release released_;
};

/// Whether this is the thread that runs Python's signal handlers.
bool on_main_thread();
/// Runs pending signal handlers; throws what they raised.
void answer_signals();
/// Waits until no call is under way; for the end of the process. Ctrl-C ends the wait.
void wait_for_calls();
/// In a forked child: the threads that made them are not there.
void forget_calls() noexcept;

/// Runs `call`, which must own all that it uses.
template <class Call>
auto wait_interruptibly(Call call) {
  if (!on_main_thread()) {
    const Released released;
    return call();
  }
  using Result = decltype(call());
  std::packaged_task<Result()> task(std::move(call));
  std::future<Result> result = task.get_future();
  std::thread thread([task = std::move(task), under_way = CallUnderWay()]() mutable {
    task();
    task = {};  // with all that the call owned, before it counts as ended
  });
  try {
    while (true) {
      {
        const Released released;
        if (result.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready) break;
      }
      answer_signals();
    }
  } catch (...) {
    thread.detach();
    throw;
  }
  {
    const Released released;
    thread.join();
  }
  return result.get();
}

}  // namespace cfp::python
