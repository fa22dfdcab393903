#include "completion.h"

#include "arguments.h"
#include "console.h"
#include "exit_code.h"

namespace cfp::cli {
namespace {

int run_completion(const Arguments& arguments, Console& console) {
  const std::string shell = arguments.required("SHELL");
  const Command root = command_tree();
  console.write(shell == "bash"  ? bash_completion(root)
                : shell == "zsh" ? zsh_completion(root)
                                 : fish_completion(root));
  return kOk;
}

}  // namespace

Command completion_command() {
  Command command{.name = "completion",
                  .summary = "Print a script that completes commands and options in a shell.",
                  .run = run_completion};
  command.options = {
      {.names = "SHELL", .help = "bash, zsh or fish.", .required = true, .choices = {"bash", "zsh", "fish"}}};
  command.examples = {{"source <(cfp completion bash)", "in this shell; packages install it for all"},
                      {"cfp completion zsh > ~/.zfunc/_cfp", "a directory of $fpath"},
                      {"cfp completion fish > ~/.config/fish/completions/cfp.fish", ""}};
  return command;
}

}  // namespace cfp::cli
