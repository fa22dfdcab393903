#pragma once

#include "options.h"
#include "report.h"
#include "stores.h"

namespace cfp::bench {

/// A closed store of `options.items` items without log and backups; made unless an earlier run has left it, and made
/// new once updates have doubled its history.
CollectionConfig prepare_large_store(const Options& options, const Report& report);

}  // namespace cfp::bench
