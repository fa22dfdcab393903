#pragma once

#include "cfp/history.h"
#include "history/past_sources.h"

namespace cfp::history {

/// What `after` changed of `before`.
VersionDiff diff_of(ItemVersion before, ItemVersion after);

/// The same of two versions of an item by their numbers, in any order. Throws invalid_argument when one is not there.
VersionDiff diff_of(const PastSources& sources, const ItemNames& names, std::uint32_t before, std::uint32_t after);

}  // namespace cfp::history
