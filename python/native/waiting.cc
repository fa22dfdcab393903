#include "waiting.h"

#include <condition_variable>
#include <mutex>

namespace nb = nanobind;

namespace cfp::python {
namespace {

struct OutlivingCalls {
  std::mutex mutex;
  std::condition_variable ended;
  int count = 0;
};

/// Never destroyed: a call may end after everything else of the process.
OutlivingCalls& outliving_calls() {
  static auto* const calls = new OutlivingCalls;
  return *calls;
}

}  // namespace

bool on_main_thread() {
  const nb::object threading = nb::module_::import_("threading");
  return threading.attr("get_ident")().equal(threading.attr("main_thread")().attr("ident"));
}

void answer_signals() {
  if (PyErr_CheckSignals() != 0) nb::raise_python_error();
}

std::shared_ptr<void> outliving_call() {
  OutlivingCalls& calls = outliving_calls();
  {
    const std::lock_guard lock(calls.mutex);
    ++calls.count;
  }
  return {&calls, [](void* all) {
            auto& counted = *static_cast<OutlivingCalls*>(all);
            const std::lock_guard lock(counted.mutex);
            --counted.count;
            counted.ended.notify_all();
          }};
}

void wait_for_outliving_calls() {
  OutlivingCalls& calls = outliving_calls();
  while (true) {
    {
      const nb::gil_scoped_release released;
      std::unique_lock lock(calls.mutex);
      if (calls.ended.wait_for(lock, std::chrono::milliseconds(50), [&] { return calls.count == 0; })) return;
    }
    answer_signals();
  }
}

}  // namespace cfp::python
