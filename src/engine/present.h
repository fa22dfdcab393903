#pragma once

#include "cache/cache.h"
#include "engine/answered_requests.h"

namespace cfp::engine {

/// What a write stands on that depends on what is there.
struct Present {
  const cache::Cache& cache;
  const AnsweredRequests& requests;
};

}  // namespace cfp::engine
