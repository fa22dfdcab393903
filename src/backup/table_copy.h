#pragma once

#include <functional>

#include "tables/table_store.h"

namespace cfp::backup {

/// Hands the bytes of a table's file to the sink, in order, and returns what the table held when they were its file.
using TableCopy = std::function<tables::Meta(const tables::ByteSink&)>;

}  // namespace cfp::backup
