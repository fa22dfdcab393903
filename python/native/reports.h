#pragma once

#include <nanobind/nanobind.h>

namespace cfp::python {

/// Binds what backup, repair and restore return, and those calls that need no open store.
void bind_reports(nanobind::module_& module);

}  // namespace cfp::python
