#pragma once

#include <cstdint>
#include <exception>

#include "cfp/batch.h"
#include "cfp/collection_fast_persist.h"

namespace cfp::engine {

/// One call of `store_async` with all that it was given: the caller's own may be gone when it is stored.
struct StoreCall {
  Batch::Change change;
  StoreCallback done;
  Durability durability = Durability::always;
};

/// What became of it: a sequence, or 0 and why not.
struct StoreOutcome {
  std::uint64_t sequence = 0;
  std::exception_ptr error = nullptr;
};

}  // namespace cfp::engine
