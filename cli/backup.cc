#include "command.h"
#include "exit_code.h"
#include "item_output.h"
#include "opened_store.h"
#include "printable.h"
#include "progress.h"
#include "units.h"

namespace cfp::cli {
namespace {

Data backup_object(const BackupInfo& backup) {
  Data object;
  object.set("path", backup.path.string()).set("date", backup.date.to_string()).set("is_readable", backup.is_readable);
  object.set("problem", backup.problem).set("store_id", backup.store_id).set("watermark", backup.watermark);
  object.set("rows", backup.rows).set("bytes", backup.bytes).set("made_at", backup.made_at);
  return object;
}

int run_backup(const Arguments& arguments, Console& console) {
  const auto store = open_to_write(arguments, console);
  std::optional<BackupInfo> made;
  {
    const Progress progress(console, "backing up");
    made = store->backup();
    store->close();
  }
  if (console.json()) {
    console.object(backup_object(*made));
  } else {
    console.line(printable(made->path.string()) + "  every record through " + std::to_string(made->watermark) + ", " +
                 bytes_text(made->bytes) + ", read back and verified");
  }
  return kOk;
}

int run_list_backups(const Arguments& arguments, Console& console) {
  require_store(arguments.base_dir());
  std::vector<BackupInfo> backups;
  {
    const Progress progress(console, "reading backups");
    backups = list_backups(arguments.base_dir(), arguments.has("--verify"));
  }
  if (console.json()) {
    for (const BackupInfo& backup : backups) console.object(backup_object(backup));
    return kOk;
  }
  if (backups.empty()) {
    console.note("There is no backup. '" + arguments.program() + " backup' makes one.");
    return kOk;
  }
  Table table(console, {{"DATE"},
                        {"WATERMARK", Table::Align::right},
                        {"ROWS", Table::Align::right},
                        {"SIZE", Table::Align::right},
                        {"AGE", Table::Align::right},
                        {"STATE"},
                        {"PATH"}});
  for (const BackupInfo& backup : backups) {
    const std::string state =
        backup.is_readable ? (arguments.has("--verify") ? "verified" : "readable") : backup.problem;
    table.add({backup.date.to_string(), std::to_string(backup.watermark), std::to_string(backup.rows),
               bytes_text(backup.bytes), age_of(backup.made_at), printable(state), printable(backup.path.string())});
  }
  table.finish();
  return kOk;
}

RestoreTarget target_of(const Arguments& arguments) {
  const auto sequence = arguments.number("--sequence", 1);
  const auto time = arguments.time("--time");
  if (sequence && time) throw UsageError("--sequence and --time exclude each other.");
  if (sequence) return RestoreTarget::sequence(*sequence);
  return time ? RestoreTarget::time(*time) : RestoreTarget::everything();
}

int run_restore(const Arguments& arguments, Console& console) {
  const std::filesystem::path into = arguments.required("INTO");
  require_store(arguments.base_dir());
  RestoreOptions options;
  options.log_sink = console.log_sink();
  RestoreReport report;
  {
    const Progress progress(console, "restoring");
    report = restore(arguments.base_dir(), into, target_of(arguments), options);
  }
  if (console.json()) {
    Data object;
    object.set("into", into.string()).set("through", report.through).set("records", report.records);
    object.set("items", report.items).set("source", report.source);
    if (report.last_updated_at) {
      object.set("last_updated_at", *report.last_updated_at);
    } else {
      object.set("last_updated_at", nullptr);
    }
    console.object(object);
    return kOk;
  }
  console.line(
      "A new store in " + printable(into.string()) + ": every record through " + std::to_string(report.through) +
      (report.last_updated_at ? " of " + time_text(*report.last_updated_at) : "") + ", " +
      plural(report.items, "item") + ", made of " + (report.source.empty() ? "the log" : printable(report.source)));
  return kOk;
}

}  // namespace

Command backup_command() {
  Command command{
      .name = "backup", .summary = "Make a verified backup of everything that is stored.", .run = run_backup};
  command.examples = {{"cfp backup", ""}};
  return command;
}

Command restore_command() {
  Command command{.name = "restore",
                  .summary = "Make a new store of this one, whole or as it was; this one is only read.",
                  .run = run_restore};
  command.options = {
      {.names = "INTO",
       .help = "Directory of the new store: missing, or empty.",
       .required = true,
       .offer = Offer::directories},
      {.names = "--sequence", .help = "Through this record.", .value = "N"},
      {.names = "--time", .help = "Through the last record that was accepted by then (ISO 8601).", .value = "TIME"}};
  command.examples = {{"cfp restore /srv/restored", ""}, {"cfp restore /srv/restored --time 2026-01-02T03:00:00Z", ""}};
  return command;
}

Command list_backups_command() {
  Command command{.name = "list-backups",
                  .summary = "List the backups, the furthest first; the store may be open elsewhere.",
                  .run = run_list_backups};
  command.options = {{.names = "--verify", .help = "Read every row of each."}};
  command.examples = {{"cfp list-backups", ""}, {"cfp list-backups --verify --json", ""}};
  return command;
}

}  // namespace cfp::cli
