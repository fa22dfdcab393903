#pragma once

#include <filesystem>
#include <memory>

#include "tables/staged_table.h"

namespace cfp::tables::duckdb {

/// Copies `backup` to NAME.new, which becomes NAME when it is put in place. Throws CollectionFastPersistError, and has
/// left nothing.
std::unique_ptr<StagedTable> stage_file(const std::filesystem::path& backup, const std::filesystem::path& file);

/// A link or a directory is there too: opening it says what is wrong.
bool is_there(const std::filesystem::path& file);
/// Throws `foreign` where it is there: nothing is put in the place of what nobody has set aside.
void check_absent(const std::filesystem::path& file);

}  // namespace cfp::tables::duckdb
