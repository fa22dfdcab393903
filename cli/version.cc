#include "command.h"
#include "console.h"
#include "exit_code.h"

namespace cfp::cli {
namespace {

int run_version(const Arguments& /*arguments*/, Console& console) {
  if (console.json()) {
    console.object(Data().set("version", CFP_VERSION));
  } else {
    console.line("cfp " CFP_VERSION);
  }
  return kOk;
}

}  // namespace

Command version_command() {
  Command command{.name = "version", .summary = "Say which version this is.", .run = run_version};
  command.examples = {{"cfp version", ""}};
  return command;
}

}  // namespace cfp::cli
