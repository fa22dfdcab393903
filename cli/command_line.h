#pragma once

namespace cfp::cli {

/// Parses a command line, runs its command, reports what it fails of, and returns the exit code.
int run_command_line(int argc, char** argv);

}  // namespace cfp::cli
