#pragma once

#include <string>

#include "arguments.h"
#include "command.h"
#include "console.h"

namespace cfp::cli {

/// -y,--yes
Option yes_option();
/// Asks, unless --yes says so already. Throws std::runtime_error where the answer is no, and UsageError where nobody
/// can be asked.
void confirm(const Arguments& arguments, Console& console, const std::string& question);

}  // namespace cfp::cli
