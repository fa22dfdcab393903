#pragma once

// Building a whole file anew, in the database `fresh` that is attached to the instance with the rows (FreshDatabase).
// Sorting and grouping spill to disk: memory stays within the instance's limit whatever the number of rows.

#include <cstdint>
#include <span>

#include "model/schema.h"
#include "tables/duckdb/connection.h"
#include "tables/duckdb/meta_row.h"

namespace cfp::tables::duckdb {

/// From latest: all its rows in order, cfp_deleted, and `meta`. Throws `corrupt` when the rows are not those of `meta`.
void copy_sorted(const Connection& latest, const model::Schema& schema, const MetaRow& meta);
/// From history: latest at history's watermark. Returns its rows.
std::uint64_t build_latest(const Connection& history, const model::Schema& schema, const Meta& history_meta);
/// From history: the same rows and `missing`, with versions counted anew.
void build_history(const Connection& history, const model::Schema& schema, const Meta& history_meta,
                   std::span<const model::Record> missing);

}  // namespace cfp::tables::duckdb
