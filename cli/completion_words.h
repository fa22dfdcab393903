#pragma once

// The command tree as shells want it: a list, with each command's full name.

#include <string>
#include <vector>

#include "command.h"

namespace cfp::cli {

struct NamedCommand {
  std::string path;  ///< "cfp wal dump"
  const Command* command;
};
/// The root first.
std::vector<NamedCommand> all_commands(const Command& root);

/// "--limit", "-n": each spelling of an option.
std::vector<std::string> spellings_of(const Option& option);
/// Its own options, then those of all commands; not its arguments.
std::vector<Option> options_of(const Command& command);
/// What its arguments by place offer: the first that offers something decides.
Offer offer_of_arguments(const Command& command);
/// The choices of an argument by its place, if it has some.
std::vector<std::string> choices_of_arguments(const Command& command);
/// In single quotes, as every shell here reads it.
std::string quoted(const std::string& text);

}  // namespace cfp::cli
