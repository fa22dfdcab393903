#pragma once

// What offline calls need of closed files: which records a file has, where a history can be cut, and the rows of latest
// as rows of a history that was lost.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "tables/duckdb/instance.h"
#include "tables/duckdb/meta_row.h"

namespace cfp::tables::duckdb {

/// As TableStore says. `options` are those of a file that is only read.
std::vector<std::uint64_t> read_sequences(const std::filesystem::path& file, TableKind kind, std::uint64_t after,
                                          const InstanceOptions& options);
std::uint64_t last_whole_sequence(const std::filesystem::path& history, std::uint64_t through,
                                  std::int64_t latest_time_us, const InstanceOptions& options);
/// `file` is the history that is added to, or made. Checkpointed and closed when it returns.
void add_rows_of_latest(const std::filesystem::path& latest, const std::filesystem::path& file,
                        InstanceOptions options);

}  // namespace cfp::tables::duckdb
