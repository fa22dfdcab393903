#pragma once

// What a command is, apart from any parser: its name, what it takes, and what runs. Parser, help and shell completions
// are all made of this one description.

#include <string>
#include <vector>

namespace cfp::cli {

class Arguments;
class Console;

/// What a shell offers for a value.
enum class Offer { nothing, files, directories };

/// Something that a command takes: a flag ("-q,--quiet"), an option with a value, or, where the name has no dash, an
/// argument by its place.
struct Option {
  std::string names;
  std::string help;
  std::string value{};  ///< What the value is called in the help; empty for flags and for arguments.
  bool required = false;
  bool repeats = false;
  std::vector<std::string> choices{};  ///< The only values that are taken.
  Offer offer = Offer::nothing;

  [[nodiscard]] bool is_argument() const { return !names.starts_with('-'); }
  [[nodiscard]] bool is_flag() const { return !is_argument() && value.empty(); }
  /// The longest name: "--quiet", or "KEY". `Arguments` knows it by that.
  [[nodiscard]] std::string name() const { return names.substr(names.rfind(',') + 1); }
};

/// A line that somebody may type, and what it does.
struct Example {
  std::string line;
  std::string what;
};

struct Command {
  std::string name;
  std::string summary;  ///< One line.
  std::vector<Option> options{};
  std::vector<Example> examples{};
  int (*run)(const Arguments&, Console&) = nullptr;  ///< Returns an exit code; null where there are only parts.
  std::vector<Command> parts{};                      ///< As `dump` of `wal`.
};

/// `cfp` itself, with all commands.
Command command_tree();
/// What every command takes besides its own.
const std::vector<Option>& common_options();

// The commands, in the order of the help.
Command put_command();
Command get_command();
Command ls_command();
Command history_command();
Command diff_command();
Command del_command();
Command restore_item_command();
Command watch_command();
Command sql_command();
Command import_command();
Command export_command();
Command stats_command();
Command verify_command();
Command repair_command();
Command rebuild_history_command();
Command rebuild_latest_command();
Command backup_command();
Command restore_command();
Command list_backups_command();
Command wal_command();
Command bench_command();
Command completion_command();
Command version_command();

}  // namespace cfp::cli
