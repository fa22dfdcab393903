#pragma once

#include "cfp/config.h"

namespace cfp::engine {

/// Throws CollectionFastPersistError (invalid_argument) naming the first option out of range and what is allowed.
void check_config(const CollectionConfig& config);

}  // namespace cfp::engine
