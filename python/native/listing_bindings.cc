#include <string>

#include "arguments.h"
#include "store.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace cfp::python {
namespace {

std::optional<std::string> to_bound(nb::handle argument, const char* what) {
  if (argument.is_none()) return std::nullopt;
  return std::string(to_name(argument, what));
}

/// What all pages are asked by; `sequence` is None for now.
struct Page {
  Page(nb::handle prefix, nb::handle after, nb::handle before, bool descending, nb::handle limit, nb::handle sequence)
      : query{std::string(to_name(prefix, "prefix")), to_bound(after, "after"), to_bound(before, "before"), descending,
              to_limit(limit)},
        moment(to_sequence(sequence, "as_of")) {}

  /// Without the interpreter's lock.
  template <class Call>
  auto read(CollectionFastPersist& engine, Call call) const {
    const Released released;
    return moment ? call(engine.as_of(AsOf(*moment))) : call(engine);
  }

  const ListQuery query;
  const std::optional<std::uint64_t> moment;
};

nb::list to_list(const std::vector<std::string>& names) {
  nb::list list;
  for (const std::string& name : names) list.append(nb::str(name.data(), name.size()));
  return list;
}

nb::list page_of_keys(Store& store, nb::handle prefix, nb::handle after, nb::handle before, bool descending,
                      nb::handle limit, nb::handle sequence) {
  const auto engine = store.engine();
  const Page page(prefix, after, before, descending, limit, sequence);
  return to_list(page.read(*engine, [&](auto&& from) { return from.keys(page.query); }));
}

nb::list page_of_collections(Store& store, nb::handle key, nb::handle prefix, nb::handle after, nb::handle before,
                             bool descending, nb::handle limit, nb::handle sequence) {
  const auto engine = store.engine();
  const std::string_view of = to_name(key, "key");
  const Page page(prefix, after, before, descending, limit, sequence);
  return to_list(page.read(*engine, [&](auto&& from) { return from.collections(of, page.query); }));
}

nb::list page_of_items(Store& store, nb::handle key, nb::handle collection_name, nb::handle prefix, nb::handle after,
                       nb::handle before, bool descending, nb::handle limit, nb::handle sequence) {
  const auto engine = store.engine();
  const std::string_view of = to_name(key, "key"), in = to_optional_name(collection_name, "collection_name");
  const Page page(prefix, after, before, descending, limit, sequence);
  const auto records = page.read(*engine, [&](auto&& from) { return from.items(of, in, page.query); });
  nb::list list;
  for (const Record& record : records) {
    const std::string_view name = record.item_name();
    list.append(nb::make_tuple(nb::str(name.data(), name.size()), store.reader().item(record)));
  }
  return list;
}

std::uint64_t sequence_of(Store& store, nb::handle as_of) {
  const auto engine = store.engine();
  const AsOf moment = to_as_of(as_of);
  const Released released;
  return engine->as_of(moment).sequence();
}

}  // namespace

void bind_listing(nb::class_<Store>& store) {
  store.def(
      "page_of_keys", &page_of_keys, "prefix"_a.none(), "after"_a.none(), "before"_a.none(), "descending"_a,
      "limit"_a.none(), "sequence"_a.none(),
      nb::sig("def page_of_keys(self, prefix: str, after: str | None, before: str | None, descending: bool, limit: "
              "int, sequence: int | None) -> list[str]"));
  store.def("page_of_collections", &page_of_collections, "key"_a.none(), "prefix"_a.none(), "after"_a.none(),
            "before"_a.none(), "descending"_a, "limit"_a.none(), "sequence"_a.none(),
            nb::sig("def page_of_collections(self, key: str, prefix: str, after: str | None, before: str | None, "
                    "descending: bool, limit: int, sequence: int | None) -> list[str]"));
  store.def("page_of_items", &page_of_items, "key"_a.none(), "collection_name"_a.none(), "prefix"_a.none(),
            "after"_a.none(), "before"_a.none(), "descending"_a, "limit"_a.none(), "sequence"_a.none(),
            nb::sig("def page_of_items(self, key: str, collection_name: str | None, prefix: str, after: str | None, "
                    "before: str | None, descending: bool, limit: int, sequence: int | None) -> "
                    "list[tuple[str, dict[str, typing.Any]]]"));
  store.def("sequence_of", &sequence_of, "as_of"_a.none(),
            nb::sig("def sequence_of(self, as_of: datetime.date | str | int) -> int"));
}

}  // namespace cfp::python
