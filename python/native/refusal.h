#pragma once

#include <stdexcept>

namespace cfp::python {

/// A Python value that is not acceptable: `what()` is the reason alone. Whoever knows the value's place ("data.age",
/// "timestamp") puts that in front and throws InvalidRecordError.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// It has a type that is not accepted at all.
class WrongType : public Refusal {
 public:
  using Refusal::Refusal;
};

}  // namespace cfp::python
