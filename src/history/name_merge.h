#pragma once

// A page of names out of two sources: a table that is asked for one page after the other, and changes in memory that it
// may lack.

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/listing.h"
#include "model/record.h"
#include "tables/name_list.h"

namespace cfp::history {

/// Records of one key, collection or item, by their names and in order of sequence.
using Changes = std::span<const model::Record* const>;

/// What changes in memory say of a name.
struct ChangedName {
  std::string_view name;
  Changes records;
};

/// Throws `invalid_argument` for a limit below 1 and for texts that are no UTF-8. Refers to those texts.
tables::NameRange range_of(const ListQuery& query);

/// By their three names, then their sequence.
void sort_by_names(std::vector<const model::Record*>& records);

/// Whether one of the items has a store as its last record. Of one key, sorted by names.
bool has_store(Changes records);

/// Divides records that are sorted by names where `name_of` changes; those in the range, in its order.
template <class NameOf>
std::vector<ChangedName> divided(Changes records, const tables::NameRange& range, NameOf name_of) {
  std::vector<ChangedName> all;
  for (std::size_t begin = 0, end = 0; begin < records.size(); begin = end) {
    const std::string_view name = name_of(*records[begin]);
    while (end < records.size() && name_of(*records[end]) == name) ++end;
    if (range.contains(name)) all.push_back({name, records.subspan(begin, end - begin)});
  }
  if (range.descending) std::ranges::reverse(all);
  return all;
}

/// Joins both in the range's order. `fetch(range)` gives rows of the table, `name_of(row)` their names, and
/// `decide(name, row or nullptr, changes)` what is listed of a name: an optional.
template <class Out, class Fetch, class NameOf, class Decide>
std::vector<Out> merged(tables::NameRange range, std::span<const ChangedName> changed, Fetch fetch, NameOf name_of,
                        Decide decide) {
  std::vector<Out> page;
  const std::uint64_t limit = range.limit;
  const auto take = [&](std::string_view name, auto* row, Changes changes) {
    if (std::optional<Out> out = decide(name, row, changes)) page.push_back(std::move(*out));
  };
  std::string last;
  while (true) {
    range.limit = limit - page.size();
    auto rows = fetch(range);
    using Row = typename decltype(rows)::value_type;
    if (!rows.empty()) last = name_of(rows.back());  // before a row is handed over, and its name with it
    for (Row& row : rows) {
      const std::string_view name = name_of(row);
      for (; !changed.empty() && range.precedes(changed.front().name, name); changed = changed.subspan(1)) {
        take(changed.front().name, static_cast<Row*>(nullptr), changed.front().records);
        if (page.size() == limit) return page;
      }
      const bool is_changed = !changed.empty() && changed.front().name == name;
      take(name, &row, is_changed ? changed.front().records : Changes());
      if (is_changed) changed = changed.subspan(1);
      if (page.size() == limit) return page;
    }
    if (rows.size() < range.limit) {
      for (const ChangedName& name : changed) {
        take(name.name, static_cast<Row*>(nullptr), name.records);
        if (page.size() == limit) break;
      }
      return page;
    }
    (range.descending ? range.before : range.after) = last;
  }
}

}  // namespace cfp::history
