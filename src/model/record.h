#pragma once

// A record on its way through the house. `ItemState` is what readers keep; the rest serves the log and the tables and
// goes once the record is in both tables.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cfp/data.h"
#include "model/item_state.h"

namespace cfp::model {

/// A value of a custom column, already converted to the column's type: bool, integers (signed and unsigned columns),
/// float64/float32, text; dates as days and timestamps as microseconds since 1970 in int64.
using ColumnValue = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string>;

/// What the tables show of a record beside its state.
struct Projection {
  std::optional<std::string> username;
  std::optional<std::string> status;
  std::optional<std::int32_t> status_int;
  std::vector<ColumnValue> extra;  ///< One per column of the schema in force, in its order.
};

/// The place of a record in the versions of its item.
/// With `base` set: version = base + step, and the record before is `previous_sequence` unless step is 1 (then the
/// base's). Without: `step` is the version itself.
struct VersionLink {
  std::uint32_t step = 0;
  std::uint64_t previous_sequence = 0;  ///< 0: none, or (with a base and step 1) the base's.
  base::Counted<SharedVersionBase> base;
};

/// Membership in an atomic batch: `first` is the sequence of its first record, `count` is set in its last one only.
struct BatchMark {
  std::uint64_t first = 0;  ///< 0: not in a batch.
  std::uint32_t count = 0;
};

/// One accepted store or delete.
struct Record {
  base::Counted<ItemState> state;  ///< The log gives it its number and time; then it is immutable.
  Projection projection;
  BatchMark batch;
  std::optional<std::string> reason;
  std::optional<std::string> request_id;
  std::uint64_t key_hash = 0;         ///< base::hash64 of the key.
  std::uint64_t collection_hash = 0;  ///< base::hash64 of the collection name.
  std::uint64_t item_hash = 0;        ///< base::hash64 of the item name, seeded with the two others; see hash_names.
  VersionLink link;

  [[nodiscard]] std::string_view key() const noexcept { return state->key(); }
  [[nodiscard]] std::string_view collection_name() const noexcept { return state->collection_name(); }
  [[nodiscard]] std::uint64_t sequence() const noexcept { return state->sequence; }
};

/// Fills the three hashes: key and collection by themselves, the item over all three names, so that one column finds
/// the history of an item: item_hash = hash64(item, hash64(collection, hash64(key))), where the second argument of
/// base::hash64 is its seed. Part of the file format.
void hash_names(Record& record) noexcept;
std::uint64_t item_hash(std::string_view key, std::string_view collection, std::string_view item) noexcept;

/// Memory that a record holds until it is in both tables, for the bound on unflushed records.
std::uint64_t footprint_bytes(const Record& record) noexcept;

}  // namespace cfp::model
