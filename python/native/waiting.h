#pragma once

// Calls that may wait for a disk run without the interpreter's lock. Those that may take long (open, flush, close,
// backup, ...) run beside the main thread, so that Ctrl-C is answered: Python runs signal handlers only there, and only
// between its own instructions. What was interrupted carries on and ends by itself; nothing is lost by that.

#include <nanobind/nanobind.h>

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace cfp::python {

/// Whether this is the thread that runs Python's signal handlers.
bool on_main_thread();
/// Runs pending signal handlers; throws what they raised.
void answer_signals();
/// Keeps count of calls that outlive their caller.
std::shared_ptr<void> outliving_call();
/// Waits for those; for the end of the process. Ctrl-C ends the wait.
void wait_for_outliving_calls();

/// Runs `call`, which must own all that it uses.
template <class Call>
auto wait_interruptibly(Call call) {
  if (!on_main_thread()) {
    const nanobind::gil_scoped_release released;
    return call();
  }
  using Result = decltype(call());
  std::packaged_task<Result()> task(std::move(call));
  std::future<Result> result = task.get_future();
  std::thread thread([task = std::move(task), count = outliving_call()]() mutable {
    task();
    task = {};  // with all that the call owned, before it counts as ended
    count.reset();
  });
  try {
    while (true) {
      {
        const nanobind::gil_scoped_release released;
        if (result.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready) break;
      }
      answer_signals();
    }
  } catch (...) {
    thread.detach();
    throw;
  }
  {
    const nanobind::gil_scoped_release released;
    thread.join();
  }
  return result.get();
}

}  // namespace cfp::python
