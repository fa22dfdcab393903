#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "tables/duckdb/instance.h"
#include "tables/tables.h"

namespace cfp::tables::duckdb {

struct HistoryPart {
  const std::filesystem::path& source;
  std::uint64_t through;  ///< Last sequence that is taken.
};

/// Makes a history file of a part of another one's rows, under a store id of its own; checkpointed and closed when it
/// returns. The source is only read. Throws SqlError, and CollectionFastPersistError for a source that is none of ours.
Meta import_history(const HistoryPart& part, const std::filesystem::path& file, std::string_view store_id,
                    InstanceOptions options);

}  // namespace cfp::tables::duckdb
