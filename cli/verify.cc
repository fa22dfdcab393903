#include <algorithm>

#include "command.h"
#include "exit_code.h"
#include "findings.h"
#include "opened_store.h"
#include "printable.h"
#include "table.h"
#include "units.h"

namespace cfp::cli {
namespace {

void show(const Finding& finding, Console& console) {
  const bool damage = finding.kind == Finding::Kind::damage;
  console.line(console.paint(damage ? Style::red : Style::yellow, damage ? "DAMAGE  " : "notice  ") +
               console.paint(Style::bold, finding.place));
  Fields fields;
  fields.add("  what", printable(finding.what));
  if (!finding.lost.empty()) fields.add("  lost", console.paint(Style::red, printable(finding.lost)));
  if (!finding.safe.empty()) fields.add("  safe", printable(finding.safe));
  if (!finding.next.empty()) fields.add("  next", printable(finding.next));
  fields.write(console);
}

Data object_of(const Finding& finding) {
  return Data()
      .set("finding", finding.kind == Finding::Kind::damage ? "damage" : "notice")
      .set("place", finding.place)
      .set("what", finding.what)
      .set("lost", finding.lost)
      .set("safe", finding.safe)
      .set("next", finding.next);
}

int run_verify(const Arguments& arguments, Console& console) {
  require_store(arguments.base_dir());
  const bool deep = arguments.has("--deep");
  const Verdict verdict = examine(arguments, console, deep);
  const auto damages = std::ranges::count(verdict.findings, Finding::Kind::damage, &Finding::kind);
  for (const Finding& finding : verdict.findings) {
    if (console.json()) {
      console.object(object_of(finding));
    } else {
      show(finding, console);
    }
  }
  if (console.json()) {
    console.object(Data().set("finding", "verdict").set("opens", verdict.opens).set("damages", std::int64_t{damages}));
  } else if (damages == 0) {
    console.line(
        console.paint(Style::green, "The store is sound") +
        (deep ? ": every row of it was read." : ": it opens, and its log is whole. --deep reads every row, too."));
  } else {
    console.line(console.paint(Style::red, plural(static_cast<std::uint64_t>(damages), "damage") + " found.") +
                 (verdict.opens ? " The store opens all the same." : " The store does not open as it is."));
  }
  return damages == 0 ? kOk : kCorrupt;
}

}  // namespace

Command verify_command() {
  Command command{
      .name = "verify",
      .summary = "Say what is wrong with a store, where, what is safe, and the next command; changes nothing.",
      .run = run_verify};
  command.options = {{.names = "--deep", .help = "Read every row of the tables and of the backups, too."}};
  command.examples = {{"cfp verify", ""}, {"cfp --base-dir /srv/store verify --deep", ""}};
  return command;
}

}  // namespace cfp::cli
