#pragma once

#include <Python.h>

#include <optional>
#include <string_view>

#include "refusal.h"

namespace cfp::python {

/// The UTF-8 of a str, which lives as long as the str. Throws Refusal for a lone surrogate.
inline std::string_view utf8(PyObject* text) {
  Py_ssize_t size = 0;
  const char* const bytes = PyUnicode_AsUTF8AndSize(text, &size);
  if (bytes == nullptr) {
    PyErr_Clear();
    throw Refusal("contains a lone surrogate, which is no valid text; decode it before it is stored");
  }
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace cfp::python
