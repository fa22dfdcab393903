#pragma once

#include <cstdint>
#include <optional>

#include "history/pinned_past.h"

namespace cfp::history {

/// What one item was at a sequence, found by walking back from its last record as far as it takes: to the version that
/// was in force, and on to the store that gave it its place among the items.
class PastItem {
 public:
  PastItem(const ItemNames& names, const cache::LastRecord& last, std::uint64_t through);

  /// Looks at the records in memory. Then `is_known`, or the rest is in the table.
  void walk_memory(const PinnedPast& past);
  /// Row by row; leaves off where a row does not say what came before it.
  void walk_table(const PinnedPast& past);
  /// The same at once: what the table has of the item through that sequence.
  void take(const std::optional<tables::PastItem>& row);

  [[nodiscard]] bool is_known() const noexcept { return is_known_; }
  /// How many rows of the table a walk may have to look at.
  [[nodiscard]] std::uint64_t rows_left() const noexcept { return next_version_; }
  [[nodiscard]] const ItemNames& names() const noexcept { return names_; }

  /// Once it is known: the record that was in force, unless it was deleted or not there.
  [[nodiscard]] const std::optional<Record>& record() const noexcept { return record_; }
  /// Its place among the items of its collection.
  [[nodiscard]] std::uint64_t first_sequence() const noexcept { return first_sequence_; }

 private:
  bool step(const PinnedPast& past);
  void look_at(const ItemVersion& version);

  ItemNames names_;
  std::uint64_t through_;
  std::uint64_t next_;
  std::uint32_t next_version_;
  bool is_known_ = false;
  bool place_is_known_ = false;
  std::optional<Record> record_;
  std::uint64_t first_sequence_ = 0;
};

}  // namespace cfp::history
