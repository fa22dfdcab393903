#include "cfp/error.h"
#include "command.h"
#include "ctrl_c.h"
#include "exit_code.h"
#include "log_change.h"
#include "log_segments.h"
#include "opened_store.h"

namespace cfp::cli {
namespace {

using namespace std::chrono_literals;

/// Follows the log, which is there for whoever may read the directory: the store stays with the process that has it.
class ChangePrinter {
 public:
  ChangePrinter(const Arguments& arguments, Console& console)
      : console_(console),
        prefix_(arguments.text("--prefix").value_or("")),
        left_(arguments.number("--limit", 1).value_or(UINT64_MAX)) {}

  [[nodiscard]] bool is_done() const { return left_ == 0; }

  void show(const LogLine& line) {
    try {
      if (!prefix_.empty() && !Data(line.text).get_string("key").value_or("").starts_with(prefix_)) return;
      if (console_.json()) {
        console_.object(change_of_log_line(line.text));
      } else {
        console_.line(log_line_text(line.text, console_));
      }
      --left_;
    } catch (const InvalidRecordError&) {
      console_.warn("The log has a line that is no record, behind sequence " + std::to_string(last_) +
                    "; 'cfp verify' looks into it.");
    }
    last_ = line.sequence;
  }

 private:
  Console& console_;
  const std::string prefix_;
  std::uint64_t left_;
  std::uint64_t last_ = 0;
};

/// Everything above that sequence, if the log still has it.
void require_in_log(const LogFollower& log, std::uint64_t above, const Arguments& arguments) {
  const auto first = log.first_in_log();
  if (!first || *first <= above + 1) return;
  throw NotFound("The log begins with record " + std::to_string(*first) + ", and --from asks for what is above " +
                 std::to_string(above) + ". What is in the tables by now is shown by:\n  " + arguments.program() +
                 " sql 'SELECT * FROM storage_history WHERE cfp_seq > " + std::to_string(above) + " ORDER BY cfp_seq'");
}

int run_watch(const Arguments& arguments, Console& console) {
  const auto base_dir = arguments.base_dir();
  require_store(base_dir);
  listen_for_ctrl_c();
  const auto from = arguments.number("--from");
  const auto last = last_record_of(log_segments(base_dir));
  const std::uint64_t above = from.value_or(last ? last->sequence : 0);
  LogFollower log(base_dir, above);
  if (from) require_in_log(log, above, arguments);
  ChangePrinter printer(arguments, console);
  do {
    while (const auto line = log.next()) {
      printer.show(*line);
      if (printer.is_done() || ctrl_c_was_pressed()) return kOk;
    }
    console.flush();
  } while (pause_unless_ctrl_c(50ms));
  return kOk;
}

}  // namespace

Command watch_command() {
  Command command{.name = "watch",
                  .summary = "Show every change as it is written, beside the process that has the store open.",
                  .run = run_watch};
  command.options = {
      {.names = "-p,--prefix", .help = "Only keys that begin with this.", .value = "TEXT"},
      {.names = "--from", .help = "Everything above this sequence. Default: from now on.", .value = "SEQUENCE"},
      {.names = "-n,--limit", .help = "Stop after so many.", .value = "N"}};
  command.examples = {{"cfp watch --prefix user_", ""}, {"cfp watch --from 4711 --json", ""}};
  return command;
}

}  // namespace cfp::cli
