#pragma once

#include <cfp/collection_fast_persist.h>

#include <string>

#include "package_index.h"

namespace demo {

/// The store's options for the demo: text stays text, also where it looks like a date.
cfp::CollectionConfig config();

/// What the store holds of a field: an integer where the text is exactly how an integer is written, else text.
cfp::Value value_of(const Field& field);
/// `{"raw": its text, "line": its line in the file}`
cfp::Data data_of(const Field& field);

/// Empty when `record` is what `field` says, in type, value and both fields of data; else what differs.
std::string difference(const cfp::Record& record, const Field& field);

/// "package / section / name (line n)"
std::string name_of(const Field& field);

}  // namespace demo
