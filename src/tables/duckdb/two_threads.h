#pragma once

#include <cstdint>

#include "base/at_once.h"

namespace cfp::tables::duckdb {

using base::at_once;

/// A table of fewer rows is looked through in a few milliseconds.
inline constexpr std::uint64_t kRowsForTwoThreads = 250'000;

}  // namespace cfp::tables::duckdb
