#pragma once

#include <functional>

#include "tables/table_store.h"

namespace cfp::backup {

/// A table to which nothing is written.
struct StillTable {
  tables::Meta meta;                                  ///< What its file holds.
  std::function<void(const tables::ByteSink&)> copy;  ///< Hands the bytes of the file to the sink, in order.
};

/// The table as long as nothing is written to it.
template <class Table>
StillTable still(Table& table) {
  return {table.meta(), [&table](const tables::ByteSink& sink) { table.copy(sink); }};
}

}  // namespace cfp::backup
