#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "model/schema.h"
#include "tables/duckdb/live_file.h"
#include "tables/duckdb/meta_row.h"
#include "tables/duckdb/spare_instance.h"

namespace cfp::tables::duckdb {

/// One of the two files, opened and checked.
struct TableFile {
  std::shared_ptr<LiveFile> live;
  model::Schema schema;
  MetaRow meta;
  bool was_closed_cleanly = false;  ///< No log of DuckDB's lay beside it.
};

/// "storage_history" or "storage_latest".
std::string table_name(TableKind kind);
/// Makes an empty file under NAME.new and puts it in place: nobody ever sees half of one.
void create_table_file(TableKind kind, const std::filesystem::path& file, SpareInstance& spare,
                       const model::Schema& schema, std::string_view store_id);
/// Opens a file and compares its counts with cfp_meta. An empty `store_id` accepts any. Throws
/// CollectionFastPersistError: corrupt, newer_version, foreign, locked, permission, disk_full, io.
TableFile open_table_file(TableKind kind, const std::filesystem::path& file, const InstanceOptions& options,
                          std::string_view store_id);
/// What opening must not follow or overwrite: throws `foreign` for a link or a directory, `corrupt` for an empty file.
void check_regular(const std::filesystem::path& file);

/// How much of a file is looked at.
enum class Extent {
  meta,    ///< What it says of itself.
  blocks,  ///< Every column of every row is read, by which the database compares each block's checksum, and counted.
  rows,    ///< Also whether an item of latest has two rows.
};

/// False when a row cannot be read, the counts are not those of cfp_meta (if there is one), or rows contradict each
/// other. Throws when there is no memory or disk for the check.
bool scan_is_healthy(const Connection& connection, TableKind kind, Extent extent = Extent::rows);
/// Opens a file read-only, looks at that much of it, and says what it says of itself. Throws as `open_table_file`.
Meta examine_file(TableKind kind, const std::filesystem::path& file, const InstanceOptions& options, Extent extent);
/// The same in a spare instance, of a file below its directory. Nothing where `examine_file` is to be asked: there is
/// much to read, or the look failed, and that one is to say how.
std::optional<Meta> examine_quickly(TableKind kind, const std::filesystem::path& file, SpareInstance& spare,
                                    Extent extent);

/// One above the highest row number in use.
std::uint64_t row_bound(const Connection& connection, TableKind kind);
/// Reads every column of some rows, by their numbers. False and throws as `scan_is_healthy`; throws also when it is the
/// instance that has failed, and not the rows.
bool scan_rows(const Connection& connection, TableKind kind, std::uint64_t from, std::uint64_t count);

}  // namespace cfp::tables::duckdb
