#pragma once

#include <cstdint>
#include <filesystem>

#include "model/schema.h"
#include "tables/duckdb/instance.h"

namespace cfp::tables::duckdb {

/// Puts a history file in the place of `history`, which must be closed, with the same rows and, behind its custom
/// columns, those of `configured` that it lacks, filled from data. Memory stays within the instance's limit. Returns
/// how many fields did not fit and are NULL. May be killed at any step. Throws CollectionFastPersistError.
std::uint64_t add_columns(const std::filesystem::path& history, const InstanceOptions& options,
                          const model::Schema& configured);

}  // namespace cfp::tables::duckdb
