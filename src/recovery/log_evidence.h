#pragma once

#include <algorithm>
#include <cstdint>

#include "wal/line.h"

namespace cfp::recovery {

/// What the good lines after a break say: how far the writer knew its records durable, and where the log goes on.
struct LogEvidence {
  std::uint64_t synced = 0;
  std::uint64_t next_good = 0;     ///< Lowest sequence of a good record above the break; 0: none.
  std::uint64_t highest_good = 0;  ///< The highest; 0: none.
  std::uint64_t good_lines = 0;

  void add(const wal::Line& line, std::uint64_t above) {
    ++good_lines;
    synced = std::max(synced, line.chain.synced);
    if (line.header || line.record.sequence() <= above) return;
    next_good = next_good == 0 ? line.record.sequence() : std::min(next_good, line.record.sequence());
    highest_good = std::max(highest_good, line.record.sequence());
  }
};

}  // namespace cfp::recovery
