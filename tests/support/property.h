#pragma once

// Properties that RapidCheck tries, with the number of cases told. RC_PARAMS="max_success=N" says how many, and repeats
// what a failure printed.

#include <rapidcheck.h>

#include <string>
#include <utility>

#include "support/effort.h"

namespace cfp::support {

/// True when every case held. What did not is printed, with what repeats it.
template <typename Property>
bool holds(const std::string& what, Property&& property) {
  const bool is_held = rc::check(what, std::forward<Property>(property));
  if (is_held) {
    report_count("property cases", static_cast<std::size_t>(rc::detail::configuration().testParams.maxSuccess));
  }
  return is_held;
}

}  // namespace cfp::support
