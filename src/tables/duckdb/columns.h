#pragma once

// The columns of the two tables: the reference implementation's thirteen, the custom ones, ours.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/record.h"
#include "model/schema.h"
#include "tables/duckdb/chunk_writer.h"
#include "tables/duckdb/meta_row.h"

namespace cfp::tables::duckdb {

/// The names of all columns, quoted and joined by commas.
std::string column_list(TableKind kind, const model::Schema& schema);
/// The names of the columns that both tables have: the thirteen and the custom ones.
std::vector<std::string> visible_columns(const model::Schema& schema);
/// "name TYPE NOT NULL, ..." of all columns.
std::string column_definitions(TableKind kind, const model::Schema& schema);
/// CREATE TABLE for the table, and in latest for cfp_deleted; `place` is "" or "fresh.".
void create_tables(const Connection& connection, std::string_view place, TableKind kind, const model::Schema& schema);
/// The columns of cfp_deleted, joined by commas.
std::string_view deleted_columns() noexcept;
/// Whether a table of that name is in the main schema of the connection's own file.
bool has_table(const Connection& connection, std::string_view table);
/// The custom columns of a table that exists. Throws `foreign` when its columns are not those of one of our tables.
model::Schema read_schema(const Connection& connection, TableKind kind, std::string_view file_name);

/// How a record becomes a row of each table; `place` is its cfp_first_seq.
void append_history_row(ChunkWriter& rows, const model::Record& record, std::uint32_t version,
                        std::uint64_t previous_sequence, const model::Schema& schema);
void append_latest_row(ChunkWriter& rows, const model::Record& record, std::uint32_t version, std::uint64_t place,
                       const model::Schema& schema);
void append_deleted_row(ChunkWriter& rows, const model::Record& record, std::uint32_t version);

}  // namespace cfp::tables::duckdb
