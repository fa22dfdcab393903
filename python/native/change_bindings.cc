#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <tuple>
#include <utility>
#include <vector>

#include "arguments.h"
#include "store.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace cfp::python {
namespace {

std::optional<std::string> owned(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

void add_store(Batch& batch, nb::handle key, nb::handle data, nb::handle item_name, nb::handle collection_name,
               nb::handle value, nb::handle timestamp, nb::handle username, nb::handle expected_version,
               nb::handle skip_unchanged, nb::handle reason, nb::handle request_id) {
  batch.store(std::string(to_name(key, "key")), Data(to_data(data)),
              std::string(to_optional_name(item_name, "item_name")),
              std::string(to_optional_name(collection_name, "collection_name")), to_value(value),
              to_timestamp(timestamp, "timestamp"), owned(to_username(username)),
              to_change_options(expected_version, skip_unchanged, reason, request_id));
}

void add_delete(Batch& batch, nb::handle key, nb::handle collection_name, nb::handle item_name, nb::handle username,
                nb::handle expected_version, nb::handle reason, nb::handle request_id) {
  batch.delete_item(std::string(to_name(key, "key")), std::string(to_optional_name(collection_name, "collection_name")),
                    std::string(to_optional_name(item_name, "item_name")), owned(to_username(username)),
                    to_change_options(expected_version, nb::handle(Py_False), reason, request_id));
}

/// Last sequence, deletes, and the sequence of each change.
std::tuple<std::uint64_t, std::uint64_t, std::vector<std::uint64_t>> commit(Store& store, const Batch& batch,
                                                                            nb::handle durability) {
  const auto engine = store.engine();
  const auto mode = to_optional_durability(durability);
  const Released released;
  BatchResult result = engine->commit(batch, mode);
  return {result.last_sequence, result.deleted, std::move(result.sequences)};
}

std::uint64_t delete_item(Store& store, nb::handle key, nb::handle collection_name, nb::handle item_name,
                          nb::handle username, nb::handle expected_version, nb::handle reason, nb::handle request_id) {
  Batch batch;
  add_delete(batch, key, collection_name, item_name, username, expected_version, reason, request_id);
  return std::get<1>(commit(store, batch, nb::none()));
}

std::uint64_t delete_collection(Store& store, nb::handle key, nb::handle collection_name, nb::handle username,
                                nb::handle reason, nb::handle request_id) {
  const auto engine = store.engine();
  const std::string_view key_text = to_name(key, "key");
  const std::string_view collection_text = to_optional_name(collection_name, "collection_name");
  const auto user = to_username(username);
  const ChangeOptions options = to_change_options(nb::none(), nb::handle(Py_False), reason, request_id);
  const Released released;
  return engine->delete_collection(key_text, collection_text, user, options);
}

std::uint64_t delete_key(Store& store, nb::handle key, nb::handle username, nb::handle reason, nb::handle request_id) {
  const auto engine = store.engine();
  const std::string_view key_text = to_name(key, "key");
  const auto user = to_username(username);
  const ChangeOptions options = to_change_options(nb::none(), nb::handle(Py_False), reason, request_id);
  const Released released;
  return engine->delete_key(key_text, user, options);
}

std::uint64_t restore_item(Store& store, nb::handle key, nb::handle collection_name, nb::handle item_name,
                           nb::handle version, nb::handle username, nb::handle reason, nb::handle request_id) {
  const auto engine = store.engine();
  const std::string_view key_text = to_name(key, "key");
  const std::string_view collection_text = to_optional_name(collection_name, "collection_name");
  const std::string_view item_text = to_optional_name(item_name, "item_name");
  const auto wanted = to_version(version, "version");
  if (!wanted) throw InvalidTypeError("version: must be an int, not NoneType");
  const auto user = to_username(username);
  const ChangeOptions options = to_change_options(nb::none(), nb::handle(Py_False), reason, request_id);
  const Released released;
  return engine->restore_item(key_text, collection_text, item_text, *wanted, user, options);
}

void bind_batch(nb::module_& module) {
  nb::class_<Batch>(module, "Batch", "The native part of Batch, which is documented there.")
      .def(nb::init<>())
      .def("__len__", &Batch::size)
      .def("add_store", &add_store, "key"_a.none(), "data"_a.none(), "item_name"_a.none(), "collection_name"_a.none(),
           "value"_a.none(), "timestamp"_a.none(), "username"_a.none(), "expected_version"_a.none(),
           "skip_unchanged"_a.none(), "reason"_a.none(), "request_id"_a.none(),
           nb::sig("def add_store(self, key: object, data: object, item_name: object, collection_name: object, value: "
                   "object, timestamp: object, username: object, expected_version: object, skip_unchanged: object, "
                   "reason: object, request_id: object) -> None"))
      .def("add_delete", &add_delete, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(),
           "username"_a.none(), "expected_version"_a.none(), "reason"_a.none(), "request_id"_a.none(),
           nb::sig("def add_delete(self, key: object, collection_name: object, item_name: object, username: object, "
                   "expected_version: object, reason: object, request_id: object) -> None"));
}

void bind_deletes(nb::class_<Store>& store) {
  store.def("delete_item", &delete_item, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(),
            "username"_a = nb::none(), "expected_version"_a = nb::none(), nb::kw_only(), "reason"_a = nb::none(),
            "request_id"_a = nb::none(),
            nb::sig("def delete_item(self, key: str, collection_name: str | None, item_name: str | None, "
                    "username: str | None = None, expected_version: int | None = None, *, reason: str | None = None, "
                    "request_id: str | None = None) -> int"),
            R"(Deletes an item, on disk when it returns; returns 1, or 0 with nothing written when it is not there.

Readers have it no more. History keeps its versions and who deleted it, and when; the delete has a version, too, and a
later store goes on with them. `expected_version`, `reason` and `request_id` are as for `store`; 0, too, where the request
was answered before. Raises what `store` raises. Threads: any.)");
  store.def(
      "delete_collection", &delete_collection, "key"_a.none(), "collection_name"_a.none(), "username"_a = nb::none(),
      nb::kw_only(), "reason"_a = nb::none(), "request_id"_a = nb::none(),
      nb::sig("def delete_collection(self, key: str, collection_name: str | None, username: str | None = None, *, "
              "reason: str | None = None, request_id: str | None = None) -> int"),
      R"(Deletes all items of a collection, whole or not at all, and returns how many: exactly those that are
there at its place among all stores. `reason` and `request_id` are as for `store`; 0 where the request was answered before.
Raises what `store` raises, and InvalidArgumentError above 64 MiB of log.)");
  store.def("delete_key", &delete_key, "key"_a.none(), "username"_a = nb::none(), nb::kw_only(),
            "reason"_a = nb::none(), "request_id"_a = nb::none(),
            nb::sig("def delete_key(self, key: str, username: str | None = None, *, reason: str | None = None, "
                    "request_id: str | None = None) -> int"),
            "As delete_collection, for all collections of a key.");
  store.def("restore_item", &restore_item, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(),
            "version"_a.none(), "username"_a = nb::none(), nb::kw_only(), "reason"_a = nb::none(),
            "request_id"_a = nb::none(),
            nb::sig("def restore_item(self, key: str, collection_name: str | None, item_name: str | None, "
                    "version: int, username: str | None = None, *, reason: str | None = None, "
                    "request_id: str | None = None) -> int"),
            R"(Stores the item again as it was in that version, as its newest one; returns its sequence.

Data, value and timestamp are the old ones, and the username unless one is given. `reason` and `request_id` are as for
`store`. Reads history, and flushes first.
Raises what `store` raises, and InvalidArgumentError when there is no such version or it is a delete.)");
}

}  // namespace

void bind_changes(nb::module_& module, nb::class_<Store>& store) {
  bind_batch(module);
  bind_deletes(store);
  store.def("commit_batch", &commit, "batch"_a, "durability"_a.none());
}

}  // namespace cfp::python
