#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "base/counted.h"
#include "cfp/data.h"
#include "cfp/timestamp.h"
#include "model/version_base.h"

namespace cfp::model {

enum class Operation : std::uint8_t { store, erase };

/// A Value whose text is somebody else's.
using ValueView = std::variant<std::monostate, bool, std::int64_t, double, std::string_view>;
ValueView view_of(const Value& value) noexcept;
/// A copy that can fail: where memory is short, g++ 12's own copy of a variant with a text in it ends in undefined
/// behaviour instead of bad_alloc.
Value copy_of(const ValueView& value);

/// Where the cache has an item: beside its last state, so that a read that no processor cache has anything of waits
/// for memory twice, for the slot of the table and for the state. Guarded by the shard that the item is in; nobody
/// else's business.
struct CachePlace {
  std::uint64_t first_sequence = 0;       ///< Place in the order of the collection; 0: deleted.
  base::Counted<SharedVersionBase> base;  ///< Overlay only: `version` is the step above it.
  std::uint32_t version = 0;              ///< Of the item.
  std::uint32_t position = 0;             ///< Among the items of the collection.
  bool reset = false;  ///< Overlay: deleted in between, so the table's first_sequence does not count.
  mutable std::atomic<std::uint8_t> lap{0};  ///< Of the shard's hand when a reader was last here.
};

/// What a reader sees of an item, with its names: one block of memory, in which the texts follow the object. Immutable
/// once published, but for its place in the cache. An erase has no value and the data "{}".
class ItemState : public base::Countable<ItemState> {
 public:
  struct Content {
    std::string_view key = {}, collection_name = {};  ///< Empty where nobody asks for them.
    std::string_view item_name = {};
    std::string_view data = "{}";  ///< The one text: log, cache, history and latest hold these very bytes.
    ValueView value = std::monostate();
    std::optional<Timestamp> timestamp = std::nullopt;
    Operation operation = Operation::store;
    std::uint64_t sequence = 0;
    std::int64_t updated_at_us = 0;
  };

  /// Copies the texts. Throws std::bad_alloc, and std::length_error for a text of more than 4 GiB.
  static base::Counted<ItemState> make(const Content& content);
  ItemState(const ItemState&) = delete;
  ItemState& operator=(const ItemState&) = delete;
  ~ItemState() = default;
  static void operator delete(void* block) noexcept { ::operator delete(block); }

  std::uint64_t sequence;      ///< The log's to fill.
  std::int64_t updated_at_us;  ///< The log's to fill.
  CachePlace place;

  [[nodiscard]] std::string_view key() const noexcept { return {texts(), key_size_}; }
  [[nodiscard]] std::string_view collection_name() const noexcept { return {texts() + key_size_, collection_size_}; }
  [[nodiscard]] std::string_view item_name() const noexcept {
    return {texts() + key_size_ + collection_size_, item_size_};
  }
  [[nodiscard]] std::string_view data() const noexcept { return {texts() + names_size(), data_size_}; }
  [[nodiscard]] ValueView value() const noexcept;
  [[nodiscard]] std::optional<Timestamp> timestamp() const noexcept;
  [[nodiscard]] Operation operation() const noexcept { return operation_; }
  /// All of it, as what another one can be made of.
  [[nodiscard]] Content content() const noexcept;
  /// Memory that it takes.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return sizeof(ItemState) + texts_size(); }

 private:
  enum class Kind : std::uint8_t { nothing, flag, integer, real, text };
  union Number {
    std::uint64_t size;  // of a text
    bool flag;
    std::int64_t integer;
    double real;
  };

  explicit ItemState(const Content& content) noexcept;
  [[nodiscard]] const char* texts() const noexcept { return reinterpret_cast<const char*>(this + 1); }
  [[nodiscard]] std::size_t names_size() const noexcept {
    return std::size_t{key_size_} + collection_size_ + item_size_;
  }
  [[nodiscard]] std::size_t texts_size() const noexcept {
    return names_size() + data_size_ + (kind_ == Kind::text ? number_.size : 0);
  }

  std::uint32_t key_size_, collection_size_, item_size_, data_size_;
  std::int32_t timestamp_offset_minutes_;
  Operation operation_;
  Kind kind_;
  bool has_timestamp_;
  std::int64_t timestamp_us_;
  Number number_;
};

using State = base::Counted<const ItemState>;

}  // namespace cfp::model
