#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "cfp/record.h"
#include "field_names.h"

namespace cfp::python {

/// Makes fresh Python objects of what a store keeps. Its text is canonical (no white space, shortest escapes: see
/// docs/formats/record.md), so this reader is a few dozen lines and faster than any that must accept all of JSON;
/// text that is not canonical cannot come from a store, and is reported as damage.
/// Threads: whoever has the interpreter's lock.
class ItemReader {
 public:
  explicit ItemReader(bool normalize_datetimes) : normalize_datetimes_(normalize_datetimes) {}

  /// One flat dict: the fields of `data`, `timestamp`, `value`.
  nanobind::object item(const Record& record);
  /// The same, with `version`, `sequence` and `updated_at`.
  nanobind::object record(const Record& record);
  /// A dict of the items by name.
  nanobind::object items(const Items& items);
  /// A dict of the collections by name, of such dicts.
  nanobind::object collections(const Collections& collections) {
    nanobind::dict dict;
    for (const Collection& collection : collections) {
      dict[nanobind::str(collection.name.data(), collection.name.size())] = items(collection.items);
    }
    return dict;
  }

 private:
  class Text;
  /// An item that was read lately. Its dict is never handed out, only copies: its values cannot be changed, so that a
  /// copy of the dict alone is a copy of the item. From the second read on, so that reading much once costs nothing.
  struct Recent {
    std::uint64_t sequence = 0;
    nanobind::object dict{};
  };

  nanobind::object make(const Record& record, bool& is_flat);

  const bool normalize_datetimes_;
  FieldNames names_;
  std::array<Recent, 512> recent_;  // by sequence
};

}  // namespace cfp::python
