#include "command.h"
#include "confirmation.h"
#include "exit_code.h"
#include "opened_store.h"
#include "progress.h"
#include "repair_plan.h"

namespace cfp::cli {
namespace {

RepairReport run_with_progress(const Arguments& arguments, Console& console, bool dry_run) {
  RepairOptions options;
  options.dry_run = dry_run;
  options.log_sink = console.log_sink();
  const Progress progress(console, dry_run ? "looking for damage" : "repairing");
  return repair(arguments.base_dir(), options);
}

int report_nothing(const RepairReport& plan, Console& console) {
  if (console.json()) show_plan_objects(plan, console);
  if (!plan.opens) {
    console.error("The store does not open, and there is nothing that a repair could do about it. Restore a backup.");
    return kCorrupt;
  }
  if (!console.json()) console.line("There is nothing to repair: the store opens.");
  return kOk;
}

int run_repair(const Arguments& arguments, Console& console) {
  require_store(arguments.base_dir());
  const RepairReport plan = run_with_progress(arguments, console, true);
  if (plan.steps.empty()) return report_nothing(plan, console);
  if (arguments.has("--dry-run") || !console.json()) {
    if (console.json()) {
      show_plan_objects(plan, console);
    } else {
      console.line(
          console.paint(Style::bold, "A repair does this; what is bad is moved aside, and nothing is deleted:"));
      show_plan(plan, console);
    }
    console.flush();
  }
  if (arguments.has("--dry-run")) return kOk;
  confirm(arguments, console, "Repair " + arguments.base_dir().string() + "?");
  const RepairReport report = run_with_progress(arguments, console, false);
  if (console.json()) {
    show_plan_objects(report, console);
  } else {
    console.line(report.opens ? console.paint(Style::green, "Repaired; the store opens.")
                              : console.paint(Style::red, "Repaired, and the store still does not open."));
  }
  return report.opens ? kOk : kCorrupt;
}

}  // namespace

Command repair_command() {
  Command command{.name = "repair",
                  .summary = "Mend what stops the store from opening; says first what it will do, and asks.",
                  .run = run_repair};
  command.options = {{.names = "-n,--dry-run", .help = "Only say what would be done."}, yes_option()};
  command.examples = {{"cfp repair --dry-run", ""}, {"cfp repair", ""}, {"cfp repair --yes", "in a script"}};
  return command;
}

}  // namespace cfp::cli
