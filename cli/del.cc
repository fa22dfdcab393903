#include "command.h"
#include "confirmation.h"
#include "exit_code.h"
#include "item_output.h"
#include "names.h"
#include "opened_store.h"
#include "printable.h"
#include "units.h"

namespace cfp::cli {
namespace {

std::uint64_t delete_wanted(CollectionFastPersist& store, const Arguments& arguments) {
  const std::string key = arguments.required("KEY");
  const auto collection = arguments.text("COLLECTION"), item = arguments.text("ITEM");
  const auto username = arguments.text("--username");
  const ChangeOptions options = change_options_of(arguments);
  if (item) return store.delete_item(key, *collection, *item, username, options);
  if (collection) return store.delete_collection(key, *collection, username, options);
  return store.delete_key(key, username, options);
}

int run_del(const Arguments& arguments, Console& console) {
  if (arguments.has("--expected-version") && !arguments.has("ITEM")) {
    throw UsageError("--expected-version needs KEY, COLLECTION and ITEM.");
  }
  std::string place = printable_name(arguments.required("KEY"));
  if (const auto collection = arguments.text("COLLECTION")) place += "/" + printable_name(*collection);
  if (const auto item = arguments.text("ITEM")) place += "/" + printable_name(*item);
  require_store(arguments.base_dir());
  if (!arguments.has("ITEM")) confirm(arguments, console, "Delete all items of " + place + "? History keeps them.");
  const auto store = open_to_write(arguments, console);
  const std::uint64_t deleted = delete_wanted(*store, arguments);
  store->close();
  if (deleted == 0) throw NotFound(place + " is not there, so nothing was deleted.");
  if (console.json()) {
    console.object(Data().set("deleted", deleted));
  } else {
    console.line(plural(deleted, "item") + " deleted of " + place + "; history keeps every version");
  }
  return kOk;
}

int run_restore_item(const Arguments& arguments, Console& console) {
  const ItemNames names(arguments);
  const std::uint32_t version = arguments.version("VERSION").value_or(0);
  const auto store = open_to_write(arguments, console);
  if (!store->get_version(names.key, names.collection, names.item, version)) {
    throw NotFound(place_text(names.key, names.collection, names.item) + " has no version " + std::to_string(version) +
                   ". 'cfp history' lists them.");
  }
  const std::uint64_t sequence = store->restore_item(names.key, names.collection, names.item, version,
                                                     arguments.text("--username"), change_options_of(arguments));
  store->close();
  if (console.json()) {
    console.object(Data()
                       .set("key", names.key)
                       .set("collection_name", names.collection)
                       .set("item_name", names.item)
                       .set("sequence", sequence));
  } else {
    console.line(place_text(names.key, names.collection, names.item) + " is as it was in version " +
                 std::to_string(version) + ", sequence " + std::to_string(sequence));
  }
  return kOk;
}

}  // namespace

Command del_command() {
  Command command{.name = "del",
                  .summary = "Delete an item, or all items of a collection or a key; history keeps them.",
                  .run = run_del};
  command.options = joined(joined(name_options(1), change_options(true)), {yes_option()});
  command.examples = {{"cfp del user_profile personal_info age --username ann --reason 'asked for it'", ""},
                      {"cfp del user_profile --yes", "all of the key, without being asked"}};
  return command;
}

Command restore_item_command() {
  Command command{.name = "restore-item",
                  .summary = "Store an item again as it was in an earlier version.",
                  .run = run_restore_item};
  command.options = joined(joined(name_options(3), {{.names = "VERSION", .help = "The version.", .required = true}}),
                           change_options(true));
  command.examples = {{"cfp restore-item user_profile personal_info age 3 --username ann", ""}};
  return command;
}

}  // namespace cfp::cli
