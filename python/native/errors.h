#pragma once

#include <nanobind/nanobind.h>

#include <exception>

#include "cfp/error.h"

namespace cfp::python {

/// An argument has a type that is not accepted. Becomes the Python class of that name.
class InvalidTypeError : public InvalidRecordError {
 public:
  using InvalidRecordError::InvalidRecordError;
};

/// Makes errors of the engine the Python classes in collection_fast_persist._errors. Once, when the module is made.
void register_errors();
/// The Python exception for an error of the engine.
nanobind::object to_exception(const std::exception_ptr& error);

}  // namespace cfp::python
