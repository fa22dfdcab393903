#pragma once

// The table cfp_meta: one row that says what the table beside it must hold.

#include <cstdint>
#include <string>
#include <string_view>

#include "tables/duckdb/connection.h"
#include "tables/tables.h"

namespace cfp::tables::duckdb {

inline constexpr int kFormat = 1;

struct MetaRow {
  Meta meta;
  std::uint64_t tail_rows = 0;  ///< In latest only.
  friend bool operator==(const MetaRow&, const MetaRow&) = default;
};

/// Which of the two files; they differ in a column.
enum class TableKind { history, latest };

/// `schema` is "" or "fresh.".
void create_meta(const Connection& connection, std::string_view schema, TableKind kind, const MetaRow& row);
/// Throws SqlError when it cannot be read and CollectionFastPersistError `corrupt` when there is not exactly one row,
/// `newer_version` for a later format.
MetaRow read_meta(const Connection& connection, TableKind kind, std::string_view file_name);
/// Replaces the row, if it is still exactly `from`; throws `corrupt` otherwise: someone else has written.
void change_meta(const Connection& connection, TableKind kind, const MetaRow& from, const MetaRow& to);
/// Rows, minimum, maximum and xor as they are in the table.
Meta count_rows(const Connection& connection, const std::string& table);
/// Whether the counts are those that `meta` promises.
bool same_counts(const Meta& counted, const Meta& meta) noexcept;
/// Adds a row's sequence to the counts.
void add_row(Meta& meta, std::uint64_t sequence) noexcept;

}  // namespace cfp::tables::duckdb
