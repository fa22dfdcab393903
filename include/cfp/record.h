#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cfp/data.h"
#include "cfp/timestamp.h"

namespace cfp {

namespace model {
class ItemState;
}

/// What a reader gets of one item: a handle to an immutable state. Copying costs a reference count; a record that
/// was read stays as it was, whatever is stored afterwards and also after the store is closed. Texts that it shows are
/// part of that state: they last as long as this record or a copy of it.
/// Threads: may be read and copied by any number of threads.
class Record {
 public:
  Record(const model::ItemState& state, std::uint32_t version) noexcept;
  Record(const Record& other) noexcept;
  Record(Record&& other) noexcept : state_(std::exchange(other.state_, nullptr)), version_(other.version_) {}
  Record& operator=(Record other) noexcept {
    std::swap(state_, other.state_);
    version_ = other.version_;
    return *this;
  }
  ~Record() {
    if (state_ != nullptr) give_up();
  }

  [[nodiscard]] std::string_view item_name() const noexcept;
  /// A copy.
  [[nodiscard]] Value value() const;
  /// The JSON text that is also in the log and in both tables: the fields as stored, in their order, date-times as
  /// ISO text with their offset, `timestamp` and `username` where set.
  [[nodiscard]] std::string_view data_text() const noexcept;
  [[nodiscard]] Data data() const { return Data(data_text()); }
  /// The timestamp given at store, or the time of the store. Empty only for imported records that had none.
  [[nodiscard]] std::optional<Timestamp> timestamp() const noexcept;
  [[nodiscard]] std::optional<std::string> status() const { return data().get_string("status"); }
  [[nodiscard]] std::optional<std::int64_t> status_int() const { return data().get_int("status_int"); }
  [[nodiscard]] std::optional<std::string> username() const { return data().get_string("username"); }
  /// 1 for the first store of this item, then one more for each store or delete.
  [[nodiscard]] std::uint32_t version() const noexcept { return version_; }
  /// The number of this record within the store; never repeated.
  [[nodiscard]] std::uint64_t sequence() const noexcept;
  /// UTC time at which the store accepted the record; never decreases within a store.
  [[nodiscard]] Timestamp updated_at() const noexcept;

 private:
  void give_up() const noexcept;

  const model::ItemState* state_;  // null once it was moved from
  std::uint32_t version_;
};

/// The items of one collection, in the order of their first store. A snapshot: it does not change.
class Items {
 public:
  Items() = default;
  explicit Items(std::vector<Record> records) : records_(std::move(records)) {}

  [[nodiscard]] auto begin() const noexcept { return records_.begin(); }
  [[nodiscard]] auto end() const noexcept { return records_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] bool empty() const noexcept { return records_.empty(); }
  /// By position; no check.
  [[nodiscard]] const Record& operator[](std::size_t i) const noexcept { return records_[i]; }
  /// By name, in linear time; nullptr when there is none.
  [[nodiscard]] const Record* find(std::string_view item_name) const noexcept;

 private:
  std::vector<Record> records_;
};

/// One collection of a key and its items.
struct Collection {
  std::string name;
  Items items;
};

/// All collections of a key that have items, in the order of their first store.
using Collections = std::vector<Collection>;

}  // namespace cfp
