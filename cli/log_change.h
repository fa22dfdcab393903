#pragma once

#include <string>

#include "cfp/data.h"
#include "console.h"

namespace cfp::cli {

/// A record of the log as a line for people; what is no record is shown as it is, in red.
std::string log_line_text(const std::string& line, Console& console);
/// As an object for programs: the record without what only the log needs.
Data change_of_log_line(const std::string& line);

}  // namespace cfp::cli
