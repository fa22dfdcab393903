#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cfp::bench {

/// What figures depend on beside the code: the machine, the versions of what was measured, the time, the command.
std::vector<std::pair<std::string, std::string>> surroundings(int argc, char** argv);

}  // namespace cfp::bench
