#pragma once

#include <memory>

#include "cfp/arrow.h"
#include "tables/query_source.h"

namespace cfp::tables {

/// Makes `out` a stream of the source's rows, which owns the source until it is released.
/// Failure: its callbacks return EIO, or ENOMEM, and `get_last_error` says why; the next call may succeed.
void make_arrow_stream(std::unique_ptr<QueryResult::Source> source, ArrowArrayStream& out);

}  // namespace cfp::tables
