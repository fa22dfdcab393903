#include "repair_plan.h"

#include "printable.h"
#include "units.h"

namespace cfp::cli {
namespace {

std::string_view name_of(RepairAction action) {
  switch (action) {
    case RepairAction::finish:
      return "finish";
    case RepairAction::write_segment:
      return "write_segment";
    case RepairAction::write_history:
      return "write_history";
    case RepairAction::set_aside:
      return "set_aside";
  }
  return "set_aside";
}

}  // namespace

std::string place_of(const RepairStep& step) {
  return printable(step.file) + (step.offset == 0 ? "" : ", from byte " + std::to_string(step.offset));
}

std::string missing_text(const MissingSequences& missing) {
  const std::uint64_t count = missing.last - missing.first + 1;
  return (count == 1 ? "record " + std::to_string(missing.first)
                     : "records " + std::to_string(missing.first) + " to " + std::to_string(missing.last)) +
         " (" + count_text(count) + ", of which " + count_text(missing.acknowledged) + " acknowledged for certain)";
}

void show_plan(const RepairReport& plan, Console& console) {
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const RepairStep& step = plan.steps[i];
    const bool aside = step.action == RepairAction::set_aside;
    console.line(std::to_string(i + 1) + ". " +
                 console.paint(aside ? Style::yellow : Style::green, printable(step.file)) + ": " +
                 printable(step.text));
  }
  for (const MissingSequences& missing : plan.missing) {
    console.line(console.paint(Style::red, "lost for good: ") + missing_text(missing));
  }
  if (plan.missing.empty() && !plan.steps.empty()) console.line("No record is lost.");
}

void show_plan_objects(const RepairReport& plan, Console& console) {
  for (const RepairStep& step : plan.steps) {
    console.object(Data()
                       .set("action", name_of(step.action))
                       .set("file", step.file)
                       .set("offset", step.offset)
                       .set("bytes", step.bytes)
                       .set("text", step.text));
  }
  for (const MissingSequences& missing : plan.missing) {
    console.object(Data()
                       .set("action", "missing")
                       .set("first", missing.first)
                       .set("last", missing.last)
                       .set("acknowledged", missing.acknowledged));
  }
  console.object(Data().set("action", "report").set("done", plan.done).set("opens", plan.opens));
}

}  // namespace cfp::cli
