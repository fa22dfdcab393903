#pragma once

#include <optional>
#include <vector>

#include "cfp/history.h"
#include "history/past_sources.h"

namespace cfp::history {

/// The versions of one item, the newest first, deletes too, whether they are flushed or not. Names that nothing can be
/// stored under have none.
/// Threads: any. Throws: invalid_argument (a limit below 1), and what reading the table throws.
std::vector<ItemVersion> versions_of(const PastSources& sources, const ItemNames& names, const HistoryQuery& query);
/// One of them.
std::optional<ItemVersion> version_of(const PastSources& sources, const ItemNames& names, std::uint32_t version);
/// The item as it was. As CollectionFastPersist::get_item with that moment.
std::optional<Record> item_at(const PastSources& sources, const ItemNames& names, const AsOf& as_of);

}  // namespace cfp::history
