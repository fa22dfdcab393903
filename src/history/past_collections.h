#pragma once

#include <optional>
#include <string_view>

#include "cfp/history.h"
#include "history/past_sources.h"

namespace cfp::history {

/// The items that a collection had, in the order they had then; nullopt when it had none.
/// Threads: any. Throws what reading the table throws.
std::optional<Items> collection_at(const PastSources& sources, std::string_view key, std::string_view collection_name,
                                   const AsOf& as_of);
/// All collections that had items, in the order they had then.
std::optional<Collections> key_at(const PastSources& sources, std::string_view key, const AsOf& as_of);

}  // namespace cfp::history
