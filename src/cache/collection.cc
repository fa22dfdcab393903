#include "cache/collection.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"

namespace cfp::cache {
namespace {

/// The state of a deleted item of the table: its names and the number of its last record.
CachedItem deleted_state(const ItemKey& key, std::uint64_t sequence) {
  return model::ItemState::make({.key = key.key,
                                 .collection_name = key.collection_name,
                                 .item_name = key.item_name,
                                 .operation = model::Operation::erase,
                                 .sequence = sequence});
}

/// Memory of a collection without its items: itself, its name, its place in its key, and what the allocator adds.
std::uint64_t bytes_of_none(const std::string& name) noexcept { return sizeof(Collection) + name.capacity() + 64; }

}  // namespace

Collection::Collection(ItemTable& table, std::string_view key, std::string name, bool loaded)
    : table_(table), key_(key), key_hash_(name_hash(key)), name_(std::move(name)), loaded_(loaded), lap_(table.lap()) {
  table_.count(bytes_of_none(name_));
}

Collection::~Collection() {
  for (const CachedItem& entry : entries_) table_.erase(*entry, key_of(entry->item_name()));
  table_.discount(bytes_of_none(name_));
}

void Collection::add(const ItemKey& key, const CachedItem& item, base::Counted<model::SharedVersionBase> base) {
  // First, so that nothing can fail once the table has it.
  if (entries_.size() == entries_.capacity()) entries_.reserve(std::max<std::size_t>(4, entries_.size() * 2));
  table_.add(*item, key);
  model::CachePlace& place = item->place;
  place.first_sequence = 0;
  place.base = std::move(base);
  place.version = 0;
  place.position = static_cast<std::uint32_t>(entries_.size());
  place.reset = false;
  entries_.push_back(item);
}

void Collection::replace(const ItemKey& key, model::ItemState& before, const CachedItem& after) noexcept {
  table_.replace(before, *after, key);
  model::CachePlace& place = after->place;
  place.first_sequence = before.place.first_sequence;
  place.base = std::move(before.place.base);
  place.version = before.place.version;
  place.position = before.place.position;
  place.reset = before.place.reset;
  place.lap = before.place.lap.load(std::memory_order_relaxed);
  entries_[place.position] = after;  // which may be the end of the one before
}

void Collection::renumber(std::size_t begin) noexcept {
  for (std::size_t i = begin; i < entries_.size(); ++i) entries_[i]->place.position = static_cast<std::uint32_t>(i);
}

void Collection::move_to_end(const model::ItemState& item) {
  const std::uint32_t position = item.place.position;
  const auto at = entries_.begin() + position;
  std::rotate(at, at + 1, entries_.end());
  renumber(position);
}

void Collection::apply(model::Record& record) {
  const ItemKey key = key_of(record.state->item_name());
  model::ItemState* const before = table_.find(key);
  const std::uint64_t previous_sequence = before == nullptr ? 0 : before->sequence;
  model::CachePlace& place = record.state->place;
  if (before == nullptr) {
    add(key, record.state, base::Counted(loaded_ ? nullptr : new model::SharedVersionBase));
  } else {
    replace(key, *before, record.state);
  }
  touch();
  ++place.version;
  record.link = {place.version, previous_sequence, place.base};
  if (record.state->operation() != model::Operation::store) {
    place.first_sequence = 0;
    place.reset = true;
  } else if (place.first_sequence == 0) {
    place.first_sequence = record.sequence();
    if (previous_sequence != 0 && !CFP_MUTANT("come_back_in_the_old_place"))
      move_to_end(*record.state);  // an item that comes back goes to the end, as in a dict
  }
}

void Collection::merge(const model::LoadedCollection* loaded) {
  CFP_CHECK(!loaded_);
  if (loaded != nullptr) {
    if (entries_.empty()) entries_.reserve(loaded->items.size());  // many collections get no other item for long
    for (const model::LoadedItem& row : loaded->items) merge_row(row);
  }
  for (const CachedItem& item : entries_) {
    model::CachePlace& place = item->place;
    if (!place.base) continue;  // a row of the table
    place.base->resolve({});    // no row, unless a flush knows better
    place.version += place.base->get()->version;
    place.base = nullptr;
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const CachedItem& a, const CachedItem& b) {
    return a->place.first_sequence < b->place.first_sequence;
  });
  renumber(0);
  loaded_ = true;
  touch();
}

void Collection::merge_row(const model::LoadedItem& row) {
  const ItemKey key = key_of(row.item_name);
  model::ItemState* const known = table_.find(key);
  if (known == nullptr) {
    const CachedItem item = row.state ? row.state : deleted_state(key, row.base.sequence);
    add(key, item, nullptr);
    item->place.version = row.base.version;
    item->place.first_sequence = row.first_sequence;
    return;
  }
  model::CachePlace& place = known->place;
  if (!place.base) return;  // merged by an attempt that found no memory half-way; records since count on from it
  // The snapshot may already have some of the overlay's records; but then a flush has resolved the base before.
  place.base->resolve(row.base);
  place.version += place.base->get()->version;
  place.base = nullptr;
  if (!place.reset && row.first_sequence != 0) place.first_sequence = row.first_sequence;
}

void Collection::forget(const model::Record& record) {
  if (loaded_) return;
  const model::ItemState* const item = table_.find(key_of(record.state->item_name()));
  if (item == nullptr || item->sequence != record.sequence()) {
    if (item == nullptr || !CFP_MUTANT("forget_a_newer_record")) return;
  }
  take_out(*item);
}

/// The order of an overlay does not matter: `merge` sorts.
CachedItem Collection::take_out(const model::ItemState& item) noexcept {
  table_.erase(item, key_of(item.item_name()));
  const std::uint32_t position = item.place.position;
  std::swap(entries_[position], entries_.back());
  entries_[position]->place.position = position;
  CachedItem owner = std::move(entries_.back());
  entries_.pop_back();
  return owner;
}

std::size_t Collection::drop(std::size_t end, std::uint64_t floor, LeavingItems& gone) noexcept {
  end = std::min(end, entries_.size());
  while (end > 0 && !gone.is_full()) {
    const model::ItemState& item = *entries_[--end];
    if (item.sequence > floor && !CFP_MUTANT("evict_what_latest_lacks")) continue;
    gone.items[gone.count++] = take_out(item);
  }
  if (end == 0 && entries_.capacity() > entries_.size() * 4) entries_.shrink_to_fit();
  return end;
}

Items Collection::items() const {
  std::vector<cfp::Record> records;
  records.reserve(entries_.size());
  for (const CachedItem& item : entries_) {
    if (item->place.first_sequence != 0) records.emplace_back(*item, item->place.version);
  }
  return Items(std::move(records));
}

std::uint64_t Collection::first_sequence() const noexcept {
  for (const CachedItem& item : entries_) {
    if (item->place.first_sequence != 0) return item->place.first_sequence;
  }
  return 0;
}

}  // namespace cfp::cache
