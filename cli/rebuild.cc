#include "command.h"
#include "exit_code.h"
#include "opened_store.h"
#include "progress.h"
#include "units.h"

namespace cfp::cli {
namespace {

int run_rebuild_history(const Arguments& arguments, Console& console) {
  const std::string text = arguments.required("DATE");
  const auto time = Timestamp::parse(text);
  if (!time || text.size() != 10) throw UsageError("DATE is a day as 2026-01-02, not '" + text + "'.");
  const auto store = open_to_write(arguments, console);
  std::uint64_t records = 0;
  {
    const Progress progress(console, "rebuilding history");
    records = store->rebuild_history_from_wal(Date(text));
    store->close();
  }
  if (console.json()) {
    console.object(Data().set("date", text).set("records", records));
  } else {
    console.line(plural(records, "record") + " of the log of " + text + ", all in the history table");
  }
  return kOk;
}

int run_rebuild_latest(const Arguments& arguments, Console& console) {
  const auto store = open_to_write(arguments, console);
  std::uint64_t rows = 0;
  {
    const Progress progress(console, "rebuilding latest");
    rows = store->rebuild_latest_from_history();
    store->close();
  }
  if (console.json()) {
    console.object(Data().set("rows", rows));
  } else {
    console.line("latest built anew from history, " + plural(rows, "row"));
  }
  return kOk;
}

}  // namespace

Command rebuild_history_command() {
  Command command{.name = "rebuild-history",
                  .summary = "Make sure that history has every record of a day's log.",
                  .run = run_rebuild_history};
  command.options = {{.names = "DATE", .help = "The day, as 2026-01-02.", .required = true}};
  command.examples = {{"cfp rebuild-history 2026-01-02", ""}};
  return command;
}

Command rebuild_latest_command() {
  Command command{
      .name = "rebuild-latest", .summary = "Build the latest table anew from history.", .run = run_rebuild_latest};
  command.examples = {{"cfp rebuild-latest", ""}};
  return command;
}

}  // namespace cfp::cli
