#include "command.h"
#include "exit_code.h"
#include "item_output.h"
#include "names.h"
#include "opened_store.h"
#include "printable.h"

namespace cfp::cli {
namespace {

constexpr std::int64_t kPage = 10'000;

/// All pages of a listing, up to a limit. `page` gives one, `name` the name that it goes on behind.
template <class Page, class Name, class Show>
std::uint64_t list_all(ListQuery query, std::uint64_t limit, const Page& page, const Name& name, const Show& show) {
  std::uint64_t shown = 0;
  while (shown < limit) {
    query.limit = static_cast<std::int64_t>(std::min<std::uint64_t>(kPage, limit - shown));
    const auto found = page(query);
    for (const auto& one : found) show(one);
    shown += found.size();
    if (found.size() < static_cast<std::size_t>(query.limit)) break;
    (query.descending ? query.before : query.after) = name(found.back());
  }
  return shown;
}

struct Listing {
  ListQuery query;
  std::uint64_t limit;
  std::optional<std::string> key, collection;
};

Listing listing_of(const Arguments& arguments) {
  Listing listing{
      {}, arguments.number("--limit", 1).value_or(UINT64_MAX), arguments.text("KEY"), arguments.text("COLLECTION")};
  listing.query.prefix = arguments.text("--prefix").value_or("");
  listing.query.after = arguments.text("--after");
  listing.query.before = arguments.text("--before");
  listing.query.descending = arguments.has("--descending");
  return listing;
}

std::uint64_t list_names(const Listing& listing, const auto& page, Console& console) {
  const auto show = [&](const std::string& name) {
    if (!console.json()) {
      console.line(printable_name(name));
    } else if (listing.key) {
      console.object(Data().set("key", *listing.key).set("collection_name", name));
    } else {
      console.object(Data().set("key", name));
    }
  };
  return list_all(
      listing.query, listing.limit, page, [](const std::string& name) { return name; }, show);
}

std::uint64_t list_items(const Listing& listing, const auto& page, Console& console) {
  ItemTable table(console, *listing.key, false);
  const std::uint64_t shown = list_all(
      listing.query, listing.limit, page, [](const Record& record) { return record.item_name(); },
      [&](const Record& record) { table.add(*listing.collection, record); });
  if (shown > 0) table.finish();
  return shown;
}

/// `source`: the store now, or as it was.
std::uint64_t list(auto& source, const Listing& listing, Console& console) {
  if (listing.collection) {
    const auto page = [&](const ListQuery& query) { return source.items(*listing.key, *listing.collection, query); };
    return list_items(listing, page, console);
  }
  if (listing.key) {
    return list_names(
        listing, [&](const ListQuery& query) { return source.collections(*listing.key, query); }, console);
  }
  return list_names(
      listing, [&](const ListQuery& query) { return source.keys(query); }, console);
}

int run_ls(const Arguments& arguments, Console& console) {
  const Listing listing = listing_of(arguments);
  const auto moment = arguments.moment("--as-of");
  const auto store = open_to_read(arguments, console);
  std::uint64_t shown = 0;
  if (moment) {
    const PastView past = store->as_of(*moment);
    shown = list(past, listing, console);
  } else {
    shown = list(*store, listing, console);
  }
  const bool narrowed = arguments.has("--prefix") || listing.query.after || listing.query.before;
  if (shown == 0 && listing.key && !narrowed) {
    const std::string place = listing.collection ? "/" + printable_name(*listing.collection) : "";
    throw NotFound(printable_name(*listing.key) + place + " is not there.");
  }
  return kOk;
}

}  // namespace

Command ls_command() {
  Command command{
      .name = "ls", .summary = "List keys, the collections of a key, or the items of a collection.", .run = run_ls};
  command.options = {
      {.names = "KEY", .help = "List the collections of this key."},
      {.names = "COLLECTION", .help = "List the items of this collection."},
      {.names = "-p,--prefix", .help = "Only names that begin with this.", .value = "TEXT"},
      {.names = "--after", .help = "Only names behind this one.", .value = "NAME"},
      {.names = "--before", .help = "Only names in front of this one.", .value = "NAME"},
      {.names = "-d,--descending", .help = "From the last name on backwards."},
      {.names = "-n,--limit", .help = "At most so many.", .value = "N"},
      {.names = "--as-of", .help = "As it was then: a time (ISO 8601) or a sequence.", .value = "MOMENT"}};
  command.examples = {{"cfp ls", ""},
                      {"cfp ls --prefix user_ --limit 20", ""},
                      {"cfp ls user_profile personal_info", ""},
                      {"cfp ls --json | jq -r .key", "for programs: names as they are"}};
  return command;
}

}  // namespace cfp::cli
