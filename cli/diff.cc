#include "command.h"
#include "exit_code.h"
#include "item_output.h"
#include "names.h"
#include "opened_store.h"
#include "printable.h"

namespace cfp::cli {
namespace {

void set_side(Data& object, const char* name, const std::optional<std::string>& json) {
  if (json) object.set_json(name, *json);  // a field that is not there has no such key
}

void show_object(const ItemNames& names, const VersionDiff& diff, Console& console) {
  Data fields;
  for (const FieldChange& change : diff.fields) {
    Data sides;
    set_side(sides, "before", change.before);
    set_side(sides, "after", change.after);
    fields.set(change.name, sides);
  }
  Data object;
  object.set("key", names.key).set("collection_name", names.collection).set("item_name", names.item);
  object.set("before", version_object(names.key, names.collection, diff.before));
  object.set("after", version_object(names.key, names.collection, diff.after));
  object.set("fields", fields).set("value_changed", diff.value_changed);
  console.object(object);
}

void show_side(Console& console, Style style, char sign, const std::string& name, const std::string& text) {
  console.line(console.paint(style, std::string(1, sign) + " " + name + ": " + text));
}

void show_lines(const VersionDiff& diff, Console& console) {
  const auto side = [](const ItemVersion& version) {
    return "version " + std::to_string(version.record.version()) + ", " + time_text(version.record.updated_at()) +
           (version.username ? ", " + printable_name(*version.username) : "") + (version.deleted ? ", a delete" : "");
  };
  console.line(console.paint(Style::bold, "--- " + side(diff.before)));
  console.line(console.paint(Style::bold, "+++ " + side(diff.after)));
  if (diff.value_changed) {
    show_side(console, Style::red, '-', "value", value_text(diff.before.record.value()));
    show_side(console, Style::green, '+', "value", value_text(diff.after.record.value()));
  }
  for (const FieldChange& change : diff.fields) {
    const std::string name = "data." + printable_name(change.name);
    if (change.before) show_side(console, Style::red, '-', name, printable(*change.before));
    if (change.after) show_side(console, Style::green, '+', name, printable(*change.after));
  }
}

int run_diff(const Arguments& arguments, Console& console) {
  const ItemNames names(arguments);
  const std::uint32_t a = arguments.version("A").value_or(0), b = arguments.version("B").value_or(0);
  const auto store = open_to_read(arguments, console);
  for (const std::uint32_t version : {a, b}) {
    if (store->get_version(names.key, names.collection, names.item, version)) continue;
    throw NotFound(place_text(names.key, names.collection, names.item) + " has no version " + std::to_string(version) +
                   ".");
  }
  const VersionDiff diff = store->diff(names.key, names.collection, names.item, a, b);
  if (console.json()) {
    show_object(names, diff, console);
  } else {
    show_lines(diff, console);
  }
  return kOk;
}

}  // namespace

Command diff_command() {
  Command command{
      .name = "diff", .summary = "Show what is different between two versions of an item.", .run = run_diff};
  command.options = joined(name_options(3), {{.names = "A", .help = "The version before.", .required = true},
                                             {.names = "B", .help = "The version after.", .required = true}});
  command.examples = {{"cfp diff user_profile personal_info age 1 2", ""}};
  return command;
}

}  // namespace cfp::cli
