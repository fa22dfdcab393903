#pragma once

#include <string>

#include "cfp/stats.h"

namespace cfp {

/// The numbers of a store in the text format that Prometheus scrapes (version 0.0.4): what a handler of /metrics
/// returns, with the content type `text/plain; version=0.0.4`. Every name begins with `cfp_`; sizes are bytes, times
/// seconds, and moments seconds since 1970. What never happened, as a first backup, has no line. Counters begin with
/// the open. docs/operations.md lists the names. Threads: any.
[[nodiscard]] std::string metrics_text(const Stats& stats);

}  // namespace cfp
