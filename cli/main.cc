// cfp: a store from the command line.

#include <unistd.h>

#include <clocale>
#include <csignal>
#include <cstdio>

#include "command_line.h"

int main(int argc, char** argv) {
  // Widths of characters, whatever the environment says; nothing else of a locale counts here.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  // A reader that went away is told by the write, so that a store is closed in order.
  std::signal(SIGPIPE, SIG_IGN);
  static char buffer[1 << 16];
  // Results of a watch or a tail are to be seen as they come; they are flushed there.
  std::setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  return cfp::cli::run_command_line(argc, argv);
}
