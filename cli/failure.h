#pragma once

#include <functional>
#include <string>

#include "arguments.h"
#include "console.h"

namespace cfp::cli {

/// A line that is not understood.
void report_usage(Console& console, const std::string& text);

/// Runs a command and returns its exit code; what it throws is said on standard error, with the next step, and becomes
/// a code.
int report_failure(const Arguments& arguments, Console& console, const std::string& usage_hint,
                   const std::function<int()>& command);

}  // namespace cfp::cli
