#pragma once

#include <cstdint>

#include "cfp/config.h"

namespace cfp::engine {

constexpr std::uint64_t kLeastCacheBytes = 1024 * 1024;

/// Throws CollectionFastPersistError (invalid_argument) naming the first option out of range and what is allowed.
void check_config(const CollectionConfig& config, std::uint64_t least_cache_bytes = kLeastCacheBytes);

}  // namespace cfp::engine
