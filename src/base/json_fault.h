#pragma once

// Says what is wrong with a document, and where. Slow and thorough: it runs only after a document was refused.

#include <string>
#include <string_view>

namespace cfp::json {

/// The first fault of a document as "<path>: <reason>", or "<reason>" at the outermost value; "" when there is none.
/// The path is as in `.address[2].zip`. Names of fields are in it, values never.
/// It judges every document as `walk` does.
std::string find_fault(std::string_view text, int max_depth);

/// Appends ".name" to a path; `escaped_name` is a name as it stands between the quotes. A long one is cut.
void append_path(std::string& path, std::string_view escaped_name);
/// Appends "[index]" to a path.
void append_path(std::string& path, std::size_t index);

}  // namespace cfp::json
