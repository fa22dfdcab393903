#pragma once

#include <nanobind/nanobind.h>

#include "refusal.h"

namespace cfp::python {

/// The plain Python object (bool, int, float or datetime) for a number, bool or timestamp of numpy or pandas.
/// Throws WrongType for every other object, Refusal for one that has no exact counterpart.
inline nanobind::object plain_scalar(PyObject* object) {
  try {
    return nanobind::module_::import_("collection_fast_persist._scalars").attr("plain")(nanobind::handle(object));
  } catch (nanobind::python_error& error) {
    if (error.matches(PyExc_TypeError)) throw WrongType(nanobind::str(error.value()).c_str());
    if (error.matches(PyExc_ValueError)) throw Refusal(nanobind::str(error.value()).c_str());
    throw;
  }
}

}  // namespace cfp::python
