#include "command.h"
#include "exit_code.h"
#include "item_output.h"
#include "names.h"
#include "opened_store.h"
#include "printable.h"

namespace cfp::cli {
namespace {

/// A store now, or as it was.
class Source {
 public:
  Source(CollectionFastPersist& store, const std::optional<AsOf>& moment) : store_(store) {
    if (moment) past_ = store.as_of(*moment);
  }
  [[nodiscard]] std::optional<Collections> key(const std::string& key) const {
    return past_ ? past_->get_key(key) : store_.get_key(key);
  }
  [[nodiscard]] std::optional<Items> collection(const std::string& key, const std::string& collection) const {
    return past_ ? past_->get_key(key, collection) : store_.get_key(key, collection);
  }
  [[nodiscard]] std::optional<Record> item(const std::string& key, const std::string& collection,
                                           const std::string& item) const {
    return past_ ? past_->get_item(key, collection, item) : store_.get_item(key, collection, item);
  }

 private:
  CollectionFastPersist& store_;
  std::optional<PastView> past_;
};

[[noreturn]] void not_found(const std::string& what) { throw NotFound(what + " is not there."); }

int get_one_version(CollectionFastPersist& store, const ItemNames& names, std::uint32_t number, Console& console) {
  const auto version = store.get_version(names.key, names.collection, names.item, number);
  if (!version) {
    not_found("Version " + std::to_string(number) + " of " + place_text(names.key, names.collection, names.item));
  }
  if (console.json()) {
    console.object(version_object(names.key, names.collection, *version));
    return kOk;
  }
  write_item(console, names.key, names.collection, version->record);
  Fields more;
  if (version->deleted) more.add("operation ", console.paint(Style::red, "delete"));
  if (version->username) more.add("username  ", printable_name(*version->username));
  if (version->reason) more.add("reason    ", printable_name(*version->reason));
  more.write(console);
  return kOk;
}

int get_one_item(const Source& source, const ItemNames& names, Console& console) {
  const auto record = source.item(names.key, names.collection, names.item);
  if (!record) not_found(place_text(names.key, names.collection, names.item));
  if (console.json()) {
    console.object(item_object(names.key, names.collection, *record));
  } else {
    write_item(console, names.key, names.collection, *record);
  }
  return kOk;
}

int get_many(const Source& source, const std::string& key, const std::optional<std::string>& collection,
             Console& console) {
  ItemTable table(console, key, !collection);
  if (collection) {
    const auto items = source.collection(key, *collection);
    if (!items) not_found(printable_name(key) + "/" + printable_name(*collection));
    for (const Record& record : *items) table.add(*collection, record);
  } else {
    const auto collections = source.key(key);
    if (!collections) not_found(printable_name(key));
    for (const Collection& one : *collections) {
      for (const Record& record : one.items) table.add(one.name, record);
    }
  }
  table.finish();
  return kOk;
}

int run_get(const Arguments& arguments, Console& console) {
  const auto version = arguments.version("--version");
  const auto moment = arguments.moment("--as-of");
  if (version && moment) throw UsageError("--version and --as-of exclude each other.");
  if (version && !arguments.has("ITEM")) throw UsageError("--version needs KEY, COLLECTION and ITEM.");
  const auto store = open_to_read(arguments, console);
  if (version) return get_one_version(*store, ItemNames(arguments), *version, console);
  const Source source(*store, moment);
  if (arguments.has("ITEM")) return get_one_item(source, ItemNames(arguments), console);
  return get_many(source, arguments.required("KEY"), arguments.text("COLLECTION"), console);
}

}  // namespace

Command get_command() {
  Command command{.name = "get", .summary = "Show an item, or all items of a collection or a key.", .run = run_get};
  command.options =
      joined(name_options(1),
             {{.names = "--as-of", .help = "As it was then: a time (ISO 8601) or a sequence.", .value = "MOMENT"},
              {.names = "--version", .help = "This version of the item.", .value = "N"}});
  command.examples = {{"cfp get user_profile personal_info age", ""},
                      {"cfp get user_profile --json | jq .value", ""},
                      {"cfp get class seats --as-of 2026-01-03T12:00:00Z", ""},
                      {"cfp get stock shelf apples --version 3", ""}};
  return command;
}

}  // namespace cfp::cli
