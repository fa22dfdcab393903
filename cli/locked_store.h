#pragma once

#include <string>

#include "arguments.h"

namespace cfp::cli {

/// What can be read of a store that is open elsewhere, with its age, and the commands for it: the newest backup and the
/// log. Empty where there is nothing. The first line is a line break.
std::string what_can_be_read(const Arguments& arguments);

}  // namespace cfp::cli
