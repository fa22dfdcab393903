#pragma once

#include <string>

#include "command.h"

namespace cfp::cli {

// A script that completes what the user of a shell types, made of the same description as the parser and the help.

std::string bash_completion(const Command& root);
std::string zsh_completion(const Command& root);
std::string fish_completion(const Command& root);

}  // namespace cfp::cli
