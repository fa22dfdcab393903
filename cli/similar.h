#pragma once

#include <string>

#include "command.h"

namespace cfp::cli {

/// " Did you mean 'get'?", or nothing, where no part of the command is close to `name`.
std::string similar_to(const std::string& name, const Command& command);

}  // namespace cfp::cli
