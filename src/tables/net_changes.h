#pragma once

#include <span>
#include <vector>

#include "tables/tables.h"

namespace cfp::tables {

/// What a run of records, in order, changes in the latest table: the last record of each item, once.
std::vector<ItemChange> net_changes(std::span<const VersionedRecord> records);

}  // namespace cfp::tables
