#pragma once

// Properties that RapidCheck tries, with the number of cases told. RC_PARAMS="max_success=N" says how many, and repeats
// what a failure printed.

#include <rapidcheck.h>

#include <cstddef>
#include <iostream>
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

/// The same for a property whose cases are long: so many of them, whatever RC_PARAMS says of others.
template <typename Property>
bool holds_in_cases(const std::string& what, std::size_t cases, Property&& property) {
  rc::detail::TestMetadata metadata;
  metadata.id = what;
  metadata.description = what;
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = static_cast<int>(cases);
  const auto result = rc::detail::checkTestable(std::forward<Property>(property), metadata, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << "\n";
  return result.template is<rc::detail::SuccessResult>();
}

}  // namespace cfp::support
