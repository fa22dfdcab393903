#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cfp::cli {

/// Text for a terminal or a table: what would move the cursor, end a line or send commands to a terminal (control
/// characters of both kinds, line separators, marks that turn the direction of writing) becomes an escape as JSON has
/// it, and so does what is no UTF-8. JSON text stays the same JSON.
std::string printable(std::string_view text);
/// A name: as it is, or as a JSON string in quotes, where it is empty, begins or ends with a space, or has a quote, a
/// backslash or anything that is not printable.
std::string printable_name(std::string_view name);

/// How many columns of a terminal printable text takes.
std::size_t columns_of(std::string_view text);
/// The longest beginning that fits in so many columns, with "…" where something is missing.
std::string fitted(std::string_view text, std::size_t columns);

}  // namespace cfp::cli
