#pragma once

#include <cstdint>
#include <deque>

#include "cfp/watch.h"
#include "history/past_sources.h"

namespace cfp::history {

/// Records of the unflushed set that are read at once.
inline constexpr std::size_t kPageRecords = 1024;

/// What comes behind a sequence: a page of memory, or of the history table where memory does not reach back so far.
struct ChangePage {
  std::deque<WatchEvent> events;  ///< Those that are wanted, in order; gaps too.
  std::uint64_t through = 0;      ///< There is nothing else through this sequence.
};

/// Nothing above `last` is looked at. Throws what reading the tables throws.
ChangePage read_page(const PastSources& sources, const WatchOptions& options, std::uint64_t after, std::uint64_t last);

}  // namespace cfp::history
