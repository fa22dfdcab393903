#pragma once

#include <memory>
#include <string>

#include "cfp/query.h"
#include "model/schema.h"
#include "tables/duckdb/live_file.h"

namespace cfp::tables::duckdb {

/// SQL for the caller, over the tables of a live file. Does not keep it open: once the file is closed, the connection
/// and the results it gave throw `closed`.
/// `view` is "", or the definition of a view that statements may name beside the tables.
std::unique_ptr<QueryConnection> make_query_connection(const std::shared_ptr<LiveFile>& file, std::string view = "");

/// The definition of storage_latest as a view of storage_history: its columns but those by which ours are found.
std::string latest_of_history(const model::Schema& schema);

}  // namespace cfp::tables::duckdb
