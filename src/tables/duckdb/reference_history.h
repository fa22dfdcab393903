#pragma once

#include <filesystem>
#include <functional>

#include "model/record.h"
#include "tables/duckdb/instance.h"

namespace cfp::tables::duckdb {

/// The rows of a history file that the reference implementation wrote, in the order they were stored. Reads a copy in
/// `scratch_directory`, so that the file itself (and the log it may need) stays as it is; nobody may have it open.
/// `data` is the text as it stands, not the canonical one.
void read_reference_history(const std::filesystem::path& file, const std::filesystem::path& scratch_directory,
                            const InstanceOptions& options, const std::function<void(model::Record&&)>& sink);

}  // namespace cfp::tables::duckdb
