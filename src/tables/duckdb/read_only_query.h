#pragma once

#include <memory>

#include "cfp/query.h"
#include "tables/duckdb/live_file.h"

namespace cfp::tables::duckdb {

/// SQL for the caller, over the tables of a live file. Does not keep it open: once the file is closed, the connection
/// and the results it gave throw `closed`.
std::unique_ptr<QueryConnection> make_query_connection(const std::shared_ptr<LiveFile>& file);

}  // namespace cfp::tables::duckdb
