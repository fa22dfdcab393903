#pragma once

#include <functional>

#include "model/schema.h"
#include "tables/duckdb/chunk_writer.h"

namespace cfp::tables::duckdb {

/// Writes rows into an empty chunk, as many as fit or fewer; none at the end. Called by a thread of DuckDB's, one call
/// at a time. What it throws fails the statement.
using FillChunk = std::function<void(ChunkWriter&)>;

/// Makes `cfp_rows()`, a table function whose rows `fill` gives: they pass through a statement without being kept. Its
/// columns are those of the table named. Must not be called by two statements at once.
void register_rows(const Connection& connection, const char* columns_of, FillChunk fill);

}  // namespace cfp::tables::duckdb
