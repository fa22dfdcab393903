#include "history/name_merge.h"

#include <tuple>

#include "base/json.h"
#include "cfp/error.h"

namespace cfp::history {

tables::NameRange range_of(const ListQuery& query) {
  if (query.limit < 1) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument, "limit: " + std::to_string(query.limit) +
                                                                      " names cannot be listed; 1 is the least.");
  }
  const auto check = [](std::string_view text, const char* what) {
    if (json::is_utf8(text)) return;
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     std::string(what) + ": must be UTF-8, as the names that it is compared with are.");
  };
  check(query.prefix, "prefix");
  if (query.after) check(*query.after, "after");
  if (query.before) check(*query.before, "before");
  return {query.prefix, query.after, query.before, query.descending, static_cast<std::uint64_t>(query.limit)};
}

void sort_by_names(std::vector<const model::Record*>& records) {
  const auto place = [](const model::Record* record) {
    return std::tuple(record->key(), record->collection_name(), record->state->item_name(), record->sequence());
  };
  std::ranges::sort(records, [&](const model::Record* a, const model::Record* b) { return place(a) < place(b); });
}

bool has_store(Changes records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool is_last = i + 1 == records.size() ||
                         records[i + 1]->state->item_name() != records[i]->state->item_name() ||
                         records[i + 1]->collection_name() != records[i]->collection_name();
    if (is_last && records[i]->state->operation() == model::Operation::store) return true;
  }
  return false;
}

}  // namespace cfp::history
