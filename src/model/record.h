#pragma once

// A record on its way through the house. `ItemState` is what readers keep; the rest serves the log and the tables and
// goes once the record is in both tables.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cfp/data.h"
#include "cfp/timestamp.h"

namespace cfp::model {

enum class Operation : std::uint8_t { store, erase };

/// What a reader sees of an item; immutable once published. An erase has no value and the data "{}".
struct ItemState {
  std::uint64_t sequence = 0;
  std::int64_t updated_at_us = 0;
  Operation operation = Operation::store;
  std::string item_name;
  Value value;
  std::string data;  ///< The one text: log, cache, history and latest hold these very bytes.
  std::optional<Timestamp> timestamp;
};

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

/// The last record of an item that the latest table knows: where the counting of versions goes on.
struct VersionBase {
  std::uint32_t version = 0;   ///< 0: the item has no record there.
  std::uint64_t sequence = 0;  ///< Of that record.
  friend bool operator==(const VersionBase&, const VersionBase&) = default;
};

/// The base that the records of one item share while nobody knows it yet: its collection is not loaded, and none of
/// the records has been flushed. Whoever learns it first (a load or a flush) resolves it; all learn the same.
/// Threads: any.
class SharedVersionBase {
 public:
  void resolve(const VersionBase& base) noexcept {
    int expected = 0;
    if (state_.compare_exchange_strong(expected, 1, std::memory_order_acquire)) {
      base_ = base;
      state_.store(2, std::memory_order_release);
    } else {
      while (expected != 2)
        expected = state_.load(std::memory_order_acquire);  // whoever was first is an assignment away
    }
  }
  [[nodiscard]] std::optional<VersionBase> get() const noexcept {
    if (state_.load(std::memory_order_acquire) != 2) return std::nullopt;
    return base_;
  }

 private:
  std::atomic<int> state_{0};
  VersionBase base_;
};

/// The place of a record in the versions of its item.
/// With `base` set: version = base + step, and the record before is `previous_sequence` unless step is 1 (then the
/// base's). Without: `step` is the version itself.
struct VersionLink {
  std::uint32_t step = 0;
  std::uint64_t previous_sequence = 0;  ///< 0: none, or (with a base and step 1) the base's.
  std::shared_ptr<SharedVersionBase> base;
};

/// Membership in an atomic batch: `first` is the sequence of its first record, `count` is set in its last one only.
struct BatchMark {
  std::uint64_t first = 0;  ///< 0: not in a batch.
  std::uint32_t count = 0;
};

/// One accepted store or delete.
struct Record {
  std::string key;
  std::string collection_name;
  std::shared_ptr<ItemState> state;  ///< Written by its maker and, for number and time, by the log; then immutable.
  Projection projection;
  BatchMark batch;
  std::optional<std::string> reason;
  std::optional<std::string> request_id;
  std::uint64_t key_hash = 0;         ///< base::hash64 of the key.
  std::uint64_t collection_hash = 0;  ///< base::hash64 of the collection name.
  std::uint64_t item_hash = 0;        ///< base::hash64 of the item name, seeded with the two others; see hash_names.
  VersionLink link;

  [[nodiscard]] std::uint64_t sequence() const noexcept { return state->sequence; }
};

/// A copy that can fail: where memory is short, g++ 12's own copy of a variant with a text in it ends in undefined
/// behaviour instead of bad_alloc.
inline Value copy_of(const Value& value) {
  const auto* const text = std::get_if<std::string>(&value);
  return text == nullptr ? value : Value(std::string(*text));
}

/// Fills the three hashes: key and collection by themselves, the item over all three names, so that one column finds
/// the history of an item: item_hash = hash64(item, hash64(collection, hash64(key))), where the second argument of
/// base::hash64 is its seed. Part of the file format.
void hash_names(Record& record) noexcept;
std::uint64_t item_hash(std::string_view key, std::string_view collection, std::string_view item) noexcept;

/// Memory that a state holds as long as somebody keeps it.
std::uint64_t footprint_bytes(const ItemState& state) noexcept;
/// Memory that a record holds until it is in both tables, for the bound on unflushed records.
std::uint64_t footprint_bytes(const Record& record) noexcept;

}  // namespace cfp::model
