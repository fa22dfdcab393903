#include "confirmation.h"

namespace cfp::cli {

Option yes_option() { return {.names = "-y,--yes", .help = "Do it without being asked."}; }

void confirm(const Arguments& arguments, Console& console, const std::string& question) {
  if (arguments.has("--yes")) return;
  if (!console.can_ask()) throw UsageError("There is no terminal to ask at: " + question + " Say --yes for that.");
  if (!console.ask(question)) throw std::runtime_error("Nothing was changed.");
}

}  // namespace cfp::cli
