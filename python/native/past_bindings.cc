#include <string>

#include "arguments.h"
#include "datetimes.h"
#include "store.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace cfp::python {
namespace {

/// The names of one item, as views of the arguments.
struct Names {
  Names(nb::handle key_argument, nb::handle collection_argument, nb::handle item_argument)
      : key(to_name(key_argument, "key")),
        collection_name(to_optional_name(collection_argument, "collection_name")),
        item_name(to_optional_name(item_argument, "item_name")) {}
  std::string_view key, collection_name, item_name;
};

nb::object text_or_none(const std::optional<std::string>& text) {
  return text ? nb::object(nb::str(text->data(), text->size())) : nb::none();
}

nb::list get_history(Store& store, nb::handle key, nb::handle collection_name, nb::handle item_name, nb::handle limit,
                     nb::handle before, nb::handle after, nb::handle username) {
  const auto engine = store.engine();
  const Names names(key, collection_name, item_name);
  HistoryQuery query;
  query.limit = to_limit(limit);
  if (PyLong_Check(before.ptr())) {
    query.before_version = to_version(before, "before");
  } else {
    query.before = to_timestamp(before, "before");
  }
  query.after = to_timestamp(after, "after");
  if (const auto user = to_username(username)) query.username = std::string(*user);
  std::vector<ItemVersion> found;
  {
    const Released released;
    found = engine->get_history(names.key, names.collection_name, names.item_name, query);
  }
  nb::list versions;
  for (const ItemVersion& version : found) versions.append(version_tuple(store, version));
  return versions;
}

std::uint32_t to_present_version(nb::handle argument, const char* what) {
  if (const auto version = to_version(argument, what)) return *version;
  throw InvalidTypeError(std::string(what) + ": must be an int, not NoneType");
}

nb::object get_version(Store& store, nb::handle key, nb::handle collection_name, nb::handle item_name,
                       nb::handle version) {
  const auto engine = store.engine();
  const Names names(key, collection_name, item_name);
  const std::uint32_t number = to_present_version(version, "version");
  std::optional<ItemVersion> found;
  {
    const Released released;
    found = engine->get_version(names.key, names.collection_name, names.item_name, number);
  }
  return found ? version_tuple(store, *found) : nb::none();
}

/// Both versions, the names of the fields that differ, and whether the values do.
nb::object diff(Store& store, nb::handle key, nb::handle collection_name, nb::handle item_name, nb::handle a,
                nb::handle b) {
  const auto engine = store.engine();
  const Names names(key, collection_name, item_name);
  const std::uint32_t from = to_present_version(a, "a"), to = to_present_version(b, "b");
  std::optional<VersionDiff> found;
  {
    const Released released;
    found = engine->diff(names.key, names.collection_name, names.item_name, from, to);
  }
  nb::list fields;
  for (const FieldChange& field : found->fields) fields.append(nb::str(field.name.data(), field.name.size()));
  return nb::make_tuple(version_tuple(store, found->before), version_tuple(store, found->after), fields,
                        found->value_changed);
}

nb::object get_item_as_of(Store& store, nb::handle key, nb::handle collection_name, nb::handle item_name,
                          nb::handle as_of) {
  if (as_of.is_none()) return store.get_item(key, collection_name, item_name);
  const auto engine = store.engine();
  const Names names(key, collection_name, item_name);
  const AsOf moment = to_as_of(as_of);
  std::optional<Record> found;
  {
    const Released released;
    found = engine->get_item(names.key, names.collection_name, names.item_name, moment);
  }
  return found ? store.reader().item(*found) : nb::none();
}

nb::object get_key_as_of(Store& store, nb::handle key, nb::handle collection_name, nb::handle as_of) {
  if (as_of.is_none()) return store.get_key(key, collection_name);
  const auto engine = store.engine();
  const std::string_view key_text = to_name(key, "key");
  const AsOf moment = to_as_of(as_of);
  if (!collection_name.is_none()) {
    const std::string_view collection_text = to_name(collection_name, "collection_name");
    std::optional<Items> items;
    {
      const Released released;
      items = engine->get_key(key_text, collection_text, moment);
    }
    return items ? store.reader().items(*items) : nb::none();
  }
  std::optional<Collections> collections;
  {
    const Released released;
    collections = engine->get_key(key_text, moment);
  }
  return collections ? store.reader().collections(*collections) : nb::none();
}

}  // namespace

nb::object version_tuple(Store& store, const ItemVersion& version) {
  const Record& record = version.record;
  nb::object item = version.deleted ? nb::none() : store.reader().item(record);
  return nb::make_tuple(record.version(), record.sequence(), to_datetime(record.updated_at()), version.deleted, item,
                        text_or_none(version.username), text_or_none(version.reason), text_or_none(version.request_id),
                        version.batch == 0 ? nb::none() : nb::object(nb::int_(version.batch)));
}

void bind_past(nb::class_<Store>& store) {
  // Overloads: the calls without a moment, which are the usual ones, come first.
  store.def("get_item", &get_item_as_of, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(),
            nb::kw_only(), "as_of"_a.none(),
            nb::sig("def get_item(self, key: str, collection_name: str | None, item_name: str | None, *, as_of: "
                    "datetime.date | str | int | None) -> dict[str, typing.Any] | None"),
            R"(The item as it was at an earlier moment.

`as_of` is a time (a datetime, or ISO text; a naive one means UTC), which means after the last record that was accepted
at it or before it, or a sequence (an int), which means after that record; within a batch it means before the batch. A
moment that has not come yet means now, as None does. A few versions back cost a good millisecond each, far back a scan or two of a
column of history.)");
  store.def("get_key", &get_key_as_of, "key"_a.none(), "collection_name"_a = nb::none(), nb::kw_only(),
            "as_of"_a.none(),
            nb::sig("def get_key(self, key: str, collection_name: str | None = None, *, as_of: datetime.date | str | "
                    "int | None) -> typing.Any"),
            "The items of a key as they were at an earlier moment, in their order of then; `as_of` as for get_item.");
  store.def("versions_of", &get_history, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(), "limit"_a,
            "before"_a.none(), "after"_a.none(), "username"_a.none(),
            nb::sig("def versions_of(self, key: str, collection_name: str | None, item_name: str | None, limit: int, "
                    "before: object, after: object, username: str | None) -> list[typing.Any]"));
  store.def("version_of", &get_version, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(),
            "version"_a.none(),
            nb::sig("def version_of(self, key: str, collection_name: str | None, item_name: str | None, version: int) "
                    "-> typing.Any"));
  store.def("diff_of", &diff, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(), "a"_a.none(),
            "b"_a.none(),
            nb::sig("def diff_of(self, key: str, collection_name: str | None, item_name: str | None, a: int, b: int) "
                    "-> typing.Any"));
}

}  // namespace cfp::python
