#pragma once

#include <cstdint>
#include <string>

#include "faults/failing_calls.h"

namespace cfp::faults {

/// Opens the store, and stores, flushes, updates latest, backs up, rebuilds, sorts and closes on one thread, while the
/// calls fail. Errors are what it expects. Prints "ack ..." (crash/workload.h) for each stored record, "error STEP
/// CODE" for each call that threw, "lie ..." for each answer that was wrong, and at last "calls N" and "end".
/// Everything that it does is the same each time, so that the n-th call is the same one.
void run_with_failing_calls(const std::string& directory, std::uint64_t run, const FailingCalls& calls,
                            void (*print)(const std::string&));

}  // namespace cfp::faults
