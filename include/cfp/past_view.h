#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/history.h"
#include "cfp/listing.h"
#include "cfp/record.h"

namespace cfp {

class CollectionFastPersist;

/// A store as it was when the record of one sequence was its last: `CollectionFastPersist::as_of` makes it. The calls
/// are those of the store, and cost what those with `as_of` cost; a page of keys costs a scan of the keys of all of
/// history, the pages of one key or collection what reading it whole costs.
/// Refers to the store, which must outlive it.
/// Threads: any. Throws: as the store's calls.
class PastView {
 public:
  /// Every record through this one counts.
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }

  [[nodiscard]] std::optional<Collections> get_key(std::string_view key) const;
  [[nodiscard]] std::optional<Items> get_key(std::string_view key, std::string_view collection_name) const;
  [[nodiscard]] std::optional<Record> get_item(std::string_view key, std::string_view collection_name,
                                               std::string_view item_name) const;
  [[nodiscard]] std::vector<std::string> keys(const ListQuery& query = {}) const;
  [[nodiscard]] std::vector<std::string> collections(std::string_view key, const ListQuery& query = {}) const;
  [[nodiscard]] std::vector<Record> items(std::string_view key, std::string_view collection_name,
                                          const ListQuery& query = {}) const;

 private:
  friend class CollectionFastPersist;
  PastView(CollectionFastPersist& store, std::uint64_t sequence) : store_(&store), sequence_(sequence) {}

  CollectionFastPersist* store_;
  std::uint64_t sequence_;
};

}  // namespace cfp
