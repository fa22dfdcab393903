#include "waiting.h"

#include <atomic>

namespace nb = nanobind;

namespace cfp::python {
namespace {

/// Of the process: an interrupted call may outlive everything that belongs to somebody.
std::atomic<int>& calls_under_way() noexcept {
  static std::atomic<int> count = 0;
  return count;
}

}  // namespace

CallUnderWay::CallUnderWay() noexcept { ++calls_under_way(); }

CallUnderWay::~CallUnderWay() {
  if (counts_) --calls_under_way();
}

void forget_calls() noexcept { calls_under_way() = 0; }

bool on_main_thread() {
  const nb::object threading = nb::module_::import_("threading");
  return threading.attr("get_ident")().equal(threading.attr("main_thread")().attr("ident"));
}

void answer_signals() {
  if (PyErr_CheckSignals() != 0) nb::raise_python_error();
}

void wait_for_calls() {
  while (calls_under_way() > 0) {
    {
      const nb::gil_scoped_release released;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    answer_signals();
  }
}

}  // namespace cfp::python
