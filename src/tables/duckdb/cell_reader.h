#pragma once

#include "cfp/query.h"
#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

/// Whether a column of this type has a place in Cell; any other must be cast to VARCHAR by the query.
bool is_cell_type(duckdb_type type) noexcept;
/// A cell of a column of such a type.
Cell read_cell(const ColumnView& column, duckdb_type type, idx_t row);

}  // namespace cfp::tables::duckdb
