// The native module: joins the files beside it. Arguments come in by arguments.h and options.h, results go out by
// item_reader.h; nothing else knows Python objects and the engine at once.

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.h"
#include "async_stores.h"
#include "datetimes.h"
#include "errors.h"
#include "messages.h"
#include "query.h"
#include "reports.h"
#include "store.h"
#include "waiting.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

void bind_messages(nb::module_& module) {
  nb::class_<Messages>(module, "Messages", "Messages of a store on their way to logging.")
      .def(nb::init<>())
      .def("take",
           [](Messages& self) -> std::optional<std::vector<std::pair<int, std::string>>> {
             const Released released;
             auto taken = self.take();
             if (!taken) return std::nullopt;
             std::vector<std::pair<int, std::string>> messages;
             for (auto& [level, text] : *taken) messages.emplace_back(static_cast<int>(level), std::move(text));
             return messages;
           })
      .def("close", &Messages::close);
}

}  // namespace
}  // namespace cfp::python

NB_MODULE(_native, module) {
  nanobind::set_leak_warnings(false);  // whoever drops a store without closing it is told by Python, not on stderr
  module.doc() = "The native part of collection_fast_persist; use that package.";
  cfp::python::import_datetimes();
  cfp::python::register_errors();
  cfp::python::bind_messages(module);
  cfp::python::bind_queries(module);
  cfp::python::bind_reports(module);
  cfp::python::bind_store(module);
  cfp::python::bind_async_stores(module);
  module.def(
      "parse_iso",
      [](nb::handle text) {
        const auto found = cfp::Timestamp::parse(cfp::python::to_name(text, "text"));
        return found ? cfp::python::to_datetime(*found) : nb::none();
      },
      nb::sig("def parse_iso(text: str) -> datetime.datetime | None"), "The datetime of ISO 8601 text, or None.");
  module.def("forget_calls", &cfp::python::forget_calls,
             "In a forked child: the threads that made them are not there.");
  module.def("wait_for_calls", &cfp::python::wait_for_calls,
             "Waits until no call is under way; at the end of the process.");
  module.attr("version") = CFP_VERSION;
}
