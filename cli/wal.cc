#include "command.h"
#include "ctrl_c.h"
#include "exit_code.h"
#include "log_change.h"
#include "log_segments.h"
#include "opened_store.h"

namespace cfp::cli {
namespace {

using namespace std::chrono_literals;

/// With --json the lines as they are in the log, byte for byte; else a line of text for each.
void show(const LogLine& line, Console& console) {
  if (console.json()) {
    console.line(line.text);
  } else {
    console.line(log_line_text(line.text, console));
  }
}

int run_dump(const Arguments& arguments, Console& console) {
  require_store(arguments.base_dir());
  const std::uint64_t from = arguments.number("--from", 1).value_or(1);
  const std::uint64_t limit = arguments.number("--limit", 1).value_or(UINT64_MAX);
  LogFollower log(arguments.base_dir(), from - 1);
  std::uint64_t shown = 0;
  while (shown < limit) {
    const auto line = log.next();
    if (!line) break;
    show(*line, console);
    ++shown;
  }
  if (shown == 0) console.note("The log has no such record: what is in the tables and in backups leaves it.");
  return kOk;
}

int run_tail(const Arguments& arguments, Console& console) {
  const auto base_dir = arguments.base_dir();
  require_store(base_dir);
  const std::uint64_t wanted = arguments.number("--lines").value_or(10);
  const auto last = last_record_of(log_segments(base_dir));
  const std::uint64_t above = last && last->sequence > wanted ? last->sequence - wanted : 0;
  listen_for_ctrl_c();
  LogFollower log(base_dir, above);
  do {
    while (const auto line = log.next()) {
      show(*line, console);
      if (ctrl_c_was_pressed()) return kOk;
    }
    console.flush();
  } while (!arguments.has("--no-follow") && pause_unless_ctrl_c(50ms));
  return kOk;
}

}  // namespace

Command wal_command() {
  Command dump{.name = "dump", .summary = "Show the records of the log, in order.", .run = run_dump};
  dump.options = {{.names = "--from", .help = "From this sequence on.", .value = "SEQUENCE"},
                  {.names = "-n,--limit", .help = "At most so many.", .value = "N"}};
  dump.examples = {{"cfp wal dump --from 4711", ""},
                   {"cfp wal dump --json | jq 'select(.key == \"stock\")'", "lines as they are in the log"}};
  Command tail{
      .name = "tail", .summary = "Follow the log as it is written, beside whoever writes it.", .run = run_tail};
  tail.options = {{.names = "-n,--lines", .help = "Begin with so many of the last. Default: 10.", .value = "N"},
                  {.names = "--no-follow", .help = "Stop at the end."}};
  tail.examples = {{"cfp wal tail", ""}, {"cfp wal tail -n 0 --json", ""}};
  Command command{.name = "wal",
                  .summary = "Read the log: its lines need no lock, so the store may be open elsewhere."};
  command.parts = {std::move(dump), std::move(tail)};
  command.examples = {{"cfp wal dump", ""}, {"cfp wal tail", ""}};
  return command;
}

}  // namespace cfp::cli
