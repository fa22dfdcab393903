#include "history/past_item.h"

#include "base/check.h"

namespace cfp::history {

PastItem::PastItem(const ItemNames& names, const cache::LastRecord& last, std::uint64_t through)
    : names_(names),
      through_(through),
      next_(last.state->sequence),
      next_version_(last.version),
      // Not deleted since that store, so its place was the same then.
      place_is_known_(last.first_sequence != 0 && last.first_sequence <= through) {
  if (place_is_known_) first_sequence_ = last.first_sequence;
  if (next_ > through) return;
  is_known_ = true;
  if (last.first_sequence != 0) record_.emplace(*last.state, last.version);
}

void PastItem::walk_memory(const PinnedPast& past) {
  while (!is_known_ && next_ > past.floor()) CFP_CHECK(step(past));
}

void PastItem::walk_table(const PinnedPast& past) {
  while (!is_known_ && next_ != 0 && step(past)) {
  }
}

bool PastItem::step(const PinnedPast& past) {
  const auto at = past.find(names_, next_);
  if (!at || at->item.record.version() != next_version_) return false;
  next_ = at->previous_sequence;
  --next_version_;
  look_at(at->item);
  if (next_version_ == 0) is_known_ = true;
  return true;
}

void PastItem::look_at(const ItemVersion& version) {
  if (version.record.sequence() > through_) return;
  if (version.deleted) {
    is_known_ = true;
    return;
  }
  if (!record_) record_ = version.record;
  if (!place_is_known_) first_sequence_ = version.record.sequence();
  is_known_ = place_is_known_;
}

void PastItem::take(const std::optional<tables::PastItem>& row) {
  is_known_ = true;
  if (!row || row->first_store_sequence == 0) return;
  if (!record_) record_ = found_version(row->last).item.record;
  if (!place_is_known_) first_sequence_ = row->first_store_sequence;
}

}  // namespace cfp::history
