#pragma once

#include "cache/cache.h"
#include "flush/open_tables.h"
#include "flush/unflushed_set.h"

namespace cfp::history {

/// What an open store knows of its past: what was last of each item, the records that the latest table lacks, and the
/// history table with all before them. They must live as long as a call that reads them.
struct PastSources {
  cache::Cache& cache;
  flush::UnflushedSet& unflushed;
  flush::OpenTables& tables;
};

/// The names of one item.
struct ItemNames {
  std::string_view key, collection_name, item_name;
};

}  // namespace cfp::history
