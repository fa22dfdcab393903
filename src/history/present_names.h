#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cfp/listing.h"
#include "cfp/record.h"
#include "history/past_sources.h"

namespace cfp::history {

/// The names of what is there now: those of the latest table, and what the records that it lacks make of them. Nothing
/// is loaded into memory. What comes or goes during a call may be in it or not; everything else is, exactly once.
/// Threads: any. Throws: invalid_argument (a limit below 1, texts that are no UTF-8), and what reading the table
/// throws.
std::vector<std::string> keys(const PastSources& sources, const ListQuery& query);
std::vector<std::string> collections(const PastSources& sources, std::string_view key, const ListQuery& query);
std::vector<Record> items(const PastSources& sources, std::string_view key, std::string_view collection_name,
                          const ListQuery& query);

}  // namespace cfp::history
