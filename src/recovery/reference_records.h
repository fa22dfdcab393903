#pragma once

#include <vector>

#include "model/record.h"
#include "recovery/log_inventory.h"
#include "tables/table_store.h"

namespace cfp::recovery {

/// All records that a directory of the reference implementation holds, in the order they were stored, each once: its
/// history, then what its log has beyond that. Data is in our canonical form; sequences are not given yet.
std::vector<model::Record> read_reference_records(tables::TableStore& tables, const LogInventory& inventory,
                                                  const Report& report);

}  // namespace cfp::recovery
