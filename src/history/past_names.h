#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cfp/history.h"
#include "cfp/listing.h"
#include "history/past_sources.h"

namespace cfp::history {

/// The sequence that a moment means, held still: no later than what is visible now, and not within a batch.
std::uint64_t sequence_of(const PastSources& sources, const AsOf& as_of);

/// As the calls of present_names.h, of what was there when the record of that sequence was the last.
/// Threads: any. Throws: invalid_argument (a limit below 1), and what reading the tables throws.
std::vector<std::string> keys_at(const PastSources& sources, std::uint64_t sequence, const ListQuery& query);
std::vector<std::string> collections_at(const PastSources& sources, std::string_view key, std::uint64_t sequence,
                                        const ListQuery& query);
std::vector<Record> items_at(const PastSources& sources, std::string_view key, std::string_view collection_name,
                             std::uint64_t sequence, const ListQuery& query);

}  // namespace cfp::history
