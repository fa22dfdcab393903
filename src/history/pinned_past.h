#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "cfp/history.h"
#include "history/past_sources.h"
#include "tables/item_past.h"

namespace cfp::history {

/// A version of an item, and where the one before it is.
struct FoundVersion {
  ItemVersion item;
  std::uint64_t previous_sequence = 0;  ///< 0: none, or unknown.
};

ItemVersion version_of(const model::Record& record, std::uint32_t version);
FoundVersion found_version(const tables::HistoryRecord& row);

/// The name with its hashes.
tables::ItemName hashed(const ItemNames& names) noexcept;

/// The past, held still: while this lives, each record above `floor` is in the unflushed set, and every other one is in
/// the history table. So a record is looked for in one place, and a flush in between changes nothing.
/// Threads: one; any number of these at once.
class PinnedPast {
 public:
  explicit PinnedPast(const PastSources& sources)
      : sources_(sources), pin_(sources.unflushed.pin()), floor_(sources.unflushed.trimmed_through()) {}

  [[nodiscard]] std::uint64_t floor() const noexcept { return floor_; }
  /// A record that readers have seen is handed over to the unflushed set within microseconds; this waits for it. Throws
  /// `failed` when it does not come, since the store found no memory for it.
  void wait_for(std::uint64_t sequence) const;

  /// The version of this item with that sequence, which a later one or memory gave; nothing when there is none, or it
  /// is another item's: in the table that is told by the hash of its names, which take long to read.
  [[nodiscard]] std::optional<FoundVersion> find(const ItemNames& names, std::uint64_t sequence) const;
  /// Those of a stretch of the table, the newest first, each where the one after it leads. Only for sequences that are
  /// not above the floor.
  [[nodiscard]] std::vector<FoundVersion> find_all(const ItemNames& names, const tables::Stretch& stretch) const;
  /// Only for sequences that are not above the floor.
  template <class Use>
  auto with_table(Use use) const {
    return sources_.tables.with_history([&](tables::HistoryTable& table) {
      tables::ItemPast& past = table;
      return use(past);
    });
  }
  /// The last sequence that counts as of that moment.
  [[nodiscard]] std::uint64_t last_sequence(const AsOf& as_of) const;

 private:
  [[nodiscard]] std::uint64_t last_sequence_at(std::int64_t time_us) const;
  [[nodiscard]] std::uint64_t batch_of(std::uint64_t sequence) const;

  const PastSources sources_;
  const std::shared_ptr<const void> pin_;  // before the floor is read
  const std::uint64_t floor_;
};

}  // namespace cfp::history
