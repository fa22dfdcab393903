#pragma once

// Calls of which one allocation after another fails.

#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <string>

#include "cfp/error.h"
#include "memory/failing_allocation.h"
#include "support/effort.h"

namespace cfp::memory {

/// What became of a call.
struct Outcome {
  bool succeeded = true;
  bool met_failure = false;  ///< One of its allocations failed.
  std::optional<ErrorCode> code;
};

/// The call with its `number`-th allocation failing. Anything but bad_alloc and the library's own error fails the test.
template <class Call>
Outcome outcome_of(const Call& call, std::uint64_t number) {
  FailingAllocation failing(number);
  Outcome outcome;
  try {
    const FailingAllocation::Carried carried(failing);
    call();
  } catch (const CollectionFastPersistError& error) {
    outcome.succeeded = false;
    outcome.code = error.code();
  } catch (const std::bad_alloc&) {
    outcome.succeeded = false;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "allocation " << number << ": " << error.what();
    outcome.succeeded = false;
  }
  outcome.met_failure = failing.has_failed();
  return outcome;
}

template <class Call>
std::uint64_t allocations_of(const Call& call) {
  FailingAllocation counting;
  const FailingAllocation::Carried carried(counting);
  call();
  return counting.counted();
}

/// Tries each allocation of a call that is repeated: `try_number(n)` returns its outcome with the n-th failing. At most
/// `wanted` of about `total`, evenly spread. Returns how many failed.
template <class TryNumber>
std::uint64_t sweep(std::uint64_t total, std::size_t wanted, const TryNumber& try_number) {
  const std::uint64_t step = (total + wanted - 1) / wanted;
  std::uint64_t failed = 0;
  for (std::uint64_t number = 1;; number += step) {
    SCOPED_TRACE("allocation " + std::to_string(number) + " of about " + std::to_string(total));
    const Outcome outcome = try_number(number);
    if (::testing::Test::HasFailure()) break;
    if (!outcome.met_failure) break;
    EXPECT_LT(number, 4 * total + 200) << "it never ends";
    ++failed;
  }
  support::report_count("failed allocations", failed);
  return failed;
}

}  // namespace cfp::memory
