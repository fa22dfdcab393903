#pragma once

// What history can tell of single items: their versions, and what was last at an earlier sequence.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tables/name_list.h"
#include "tables/rows.h"

namespace cfp::tables {

/// Which versions of an item are wanted, the newest first. Times are microseconds since 1970, of `updated_at`.
struct VersionSearch {
  ItemName name;
  std::uint64_t through = UINT64_MAX;  ///< cfp_seq at most.
  std::uint64_t count = 1;             ///< At most so many.
  std::optional<std::uint32_t> below_version;
  std::optional<std::int64_t> before_us;  ///< Both exclusive.
  std::optional<std::int64_t> after_us;
  std::optional<std::string> username;
};

/// A stretch of history in which rows of an item are looked for.
struct Stretch {
  std::uint64_t from, through;  ///< cfp_seq, both inclusive.
  std::uint64_t count;          ///< At most so many, any of them.
};

/// What an item was at a sequence.
struct PastItem {
  HistoryRecord last;                      ///< A store or an erase.
  std::uint64_t first_store_sequence = 0;  ///< Since the erase before it, if any; 0 for an erase.
};

/// A key that had a record by some sequence.
struct PastKey {
  std::string name;
  bool has_items = false;  ///< Whether one of them was not deleted then.
};

/// The part of a history table that reads the past of items. Names are compared, never their hashes alone.
/// Threads: any, beside everything else.
class ItemPast {
 public:
  virtual ~ItemPast() = default;
  /// The row of that sequence, without its names, its status and the custom columns: whoever follows cfp_prev_seq knows
  /// the names, and can tell by `record.item_hash` that it is not led astray; and they take longer to read than the
  /// rest.
  virtual std::optional<HistoryRecord> find(std::uint64_t sequence) = 0;
  /// Rows of that item hash in a stretch, the newest first, each as `find` gives it. Costs as much as `find`, and a
  /// scan of one column of the stretch.
  virtual std::vector<HistoryRecord> find_all(std::uint64_t item_hash, const Stretch& stretch) = 0;
  /// The rows of these sequences (sorted), those that are there, in any order.
  virtual std::vector<HistoryRecord> rows(std::span<const std::uint64_t> sequences) = 0;
  /// Hands the rows with `after < cfp_seq <= through` to `sink`, in order of sequence, beginning with the first: as
  /// many as are good to read at once. Returns the sequence through which that was all; `through` where it was the
  /// rest.
  virtual std::uint64_t read_next(std::uint64_t after, std::uint64_t through,
                                  const std::function<void(HistoryRecord&&)>& sink) = 0;
  /// By one scan, which costs the same for any count: for a few versions `find` along cfp_prev_seq is faster.
  virtual std::vector<HistoryRecord> versions(const VersionSearch& search) = 0;
  /// What each of the items was when the row of that sequence was the last, in the order given; nothing for one that
  /// had no row. By a fixed number of statements.
  virtual std::vector<std::optional<PastItem>> items_at(std::span<const ItemName> names, std::uint64_t through) = 0;
  /// A page of the keys that had a row when the row of that sequence was the last. By a scan of the keys of all rows.
  virtual std::vector<PastKey> keys_at(const NameRange& range, std::uint64_t through) = 0;
  /// The first sequence whose row was accepted later than that time; nothing when there is none.
  virtual std::optional<std::uint64_t> first_sequence_after(std::int64_t time_us) = 0;
};

}  // namespace cfp::tables
