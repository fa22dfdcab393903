// The door to CLI11: from the description of the commands to a parser, and from what it read to `Arguments`.

#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "arguments.h"
#include "command.h"
#include "console.h"
#include "exit_code.h"
#include "failure.h"
#include "printable.h"
#include "similar.h"

namespace cfp::cli {
namespace {

/// A command with what was read for each of its options.
struct ParsedCommand {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  std::vector<std::pair<const Option*, CLI::Option*>> options;
};

class Parser {
 public:
  explicit Parser(const Command& root) : app_(root.summary, root.name) {
    app_.set_version_flag("--version", "cfp " CFP_VERSION, "Say which version this is.");
    add(root, app_);
  }

  CLI::App& app() { return app_; }

  /// The innermost command that was named.
  [[nodiscard]] const ParsedCommand& chosen() const {
    const ParsedCommand* found = &commands_.front();
    for (const ParsedCommand& command : commands_) {
      if (command.app->parsed()) found = &command;
    }
    return *found;
  }

  [[nodiscard]] Arguments arguments() const {
    Arguments arguments;
    for (const ParsedCommand& command : commands_) {
      for (const auto& [option, parsed] : command.options) {
        if (option->is_flag() && parsed->count() > 0) arguments.add(option->name(), "");
        if (option->is_flag()) continue;
        for (std::string& value : std::vector<std::string>(parsed->results())) arguments.add(option->name(), value);
      }
    }
    return arguments;
  }

 private:
  void add(const Command& command, CLI::App& app) {
    const std::size_t index = commands_.size();
    commands_.push_back({&command, &app, {}});
    app.set_help_flag("-h,--help", "Print this help and exit.");
    app.footer(footer_of(command));
    for (const Option& option : command.options) commands_[index].options.emplace_back(&option, add(option, app));
    for (const Option& option : common_options()) {
      CLI::Option* const parsed = add(option, app);
      parsed->group("Options of all commands");
      commands_[index].options.emplace_back(&option, parsed);
    }
    app.require_subcommand(0, command.parts.empty() ? 0 : 1);
    for (const Command& part : command.parts) add(part, *app.add_subcommand(part.name, part.summary));
    if (!command.parts.empty()) app.require_subcommand(0, 1);
  }

  static CLI::Option* add(const Option& option, CLI::App& app) {
    std::string names = option.names;
    if (option.is_flag()) return app.add_flag(names, option.help);
    CLI::Option* const parsed = app.add_option(names, option.help);
    parsed->type_name(option.is_argument() ? "" : option.value);
    parsed->required(option.required);
    parsed->allow_extra_args(false);
    parsed->multi_option_policy(option.repeats ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
    return parsed;
  }

  static std::string footer_of(const Command& command) {
    if (command.examples.empty()) return "";
    std::string text = "Examples:\n";
    for (const Example& example : command.examples) {
      if (!example.what.empty()) text += "  # " + example.what + "\n";
      text += "  " + example.line + "\n";
    }
    text.pop_back();
    return text;
  }

  CLI::App app_;
  std::vector<ParsedCommand> commands_;
};

Console::Options console_options(const Arguments& arguments) {
  Console::Options options;
  options.json = arguments.has("--json");
  options.quiet = arguments.has("--quiet");
  const std::string color = arguments.text("--color").value_or("auto");
  if (color == "always") options.color = Console::Color::always;
  if (color == "never") options.color = Console::Color::never;
  return options;
}

void check_choices(const ParsedCommand& chosen, const Arguments& arguments) {
  for (const auto& [option, parsed] : chosen.options) {
    for (const std::string& value : arguments.all(option->name())) {
      if (option->choices.empty() || std::ranges::count(option->choices, value) > 0) continue;
      std::string all;
      for (const std::string& choice : option->choices) all += (all.empty() ? "" : ", ") + choice;
      throw UsageError(option->name() + " takes one of " + all + ", not '" + value + "'.");
    }
  }
}

/// What of the line is wrong, in our words where the parser has not understood it.
std::string usage_text(const CLI::ParseError& error, const ParsedCommand& chosen, const std::string& path) {
  std::string text = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> rest = chosen.app->remaining(true);
    const std::string first = rest.empty() ? "" : rest.front();
    if (!chosen.command->parts.empty() && !first.starts_with('-')) {
      text = "there is no command '" + first + "'." + similar_to(first, *chosen.command);
    } else {
      text = "'" + first + "' was not expected.";
    }
  }
  return text + "\n'" + path + " --help' says how it is called.";
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

int run(const ParsedCommand& chosen, const Arguments& arguments, Console& console) {
  check_choices(chosen, arguments);
  if (chosen.command->run == nullptr) {
    // Without a command it helps. That is no mistake for cfp itself; a command of several parts wants one.
    console.write(chosen.app->help());
    console.flush();
    return chosen.app->get_parent() == nullptr ? kOk : kUsage;
  }
  const int code = chosen.command->run(arguments, console);
  console.flush();
  return code;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  const Command root = command_tree();
  Parser parser(root);
  try {
    parser.app().parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help or --version
    return parser.app().exit(asked);
  } catch (const CLI::ParseError& error) {
    Console console(console_options(parser.arguments()));
    const ParsedCommand& chosen = parser.chosen();
    report_usage(console, usage_text(error, chosen, path_of(*chosen.app)));
    return kUsage;
  }
  const ParsedCommand& chosen = parser.chosen();
  const Arguments arguments = parser.arguments();
  Console console(console_options(arguments));
  return report_failure(arguments, console, "'" + path_of(*chosen.app) + " --help' says how it is called.",
                        [&] { return run(chosen, arguments, console); });
}

}  // namespace cfp::cli
