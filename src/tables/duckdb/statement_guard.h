#pragma once

#include <string>
#include <string_view>

#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

/// Refuses (code `sql`) every text that is not one SELECT, or EXPLAIN of one, or that calls a table function which is
/// not known to be harmless: `SELECT * FROM checkpoint()` is a SELECT in a read-only transaction for DuckDB. Judged by
/// DuckDB's own parse of the text, so also inside subqueries and common table expressions.
void check_statement(const Connection& connection, const std::string& sql);

/// A checked statement without its closing semicolon and what follows that, to become a part of another. May end in a
/// comment.
std::string without_end(const Connection& connection, const std::string& sql);

}  // namespace cfp::tables::duckdb
