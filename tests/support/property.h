#pragma once

// Properties that RapidCheck tries, with the number of cases told. RC_PARAMS repeats what a failure printed.

#include <rapidcheck.h>

#include <cstddef>
#include <iostream>
#include <string>
#include <utility>

#include "support/effort.h"

namespace cfp::support {

/// True when every one of so many cases held. What did not is printed, with what repeats it.
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

/// The same for a property whose cases take microseconds.
template <typename Property>
bool holds(const std::string& what, Property&& property) {
  const std::size_t cases = at_effort({.ci = 7'000, .proof = 41'000, .soak = 7'000'000});
  const bool is_held = holds_in_cases(what, cases, std::forward<Property>(property));
  if (is_held) report_count("property cases", cases);
  return is_held;
}

}  // namespace cfp::support
