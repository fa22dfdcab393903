#include "cache/collection.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"

namespace cfp::cache {
namespace {

/// The state of a deleted item of the table: a name and a count.
std::shared_ptr<const model::ItemState> deleted_state(const model::LoadedItem& row) {
  auto mark = std::make_shared<model::ItemState>();
  mark->item_name = row.item_name;
  mark->sequence = row.base.sequence;
  mark->operation = model::Operation::erase;
  return mark;
}

/// Memory of a collection without its items: itself, its name, its place in its key, and what the allocator adds.
std::uint64_t bytes_of_none(const std::string& name) noexcept { return sizeof(Collection) + name.capacity() + 64; }

}  // namespace

Collection::Collection(ItemTable& table, std::string_view key, std::string name, bool loaded)
    : table_(table), key_(key), key_hash_(name_hash(key)), name_(std::move(name)), loaded_(loaded), lap_(table.lap()) {
  table_.count(bytes_of_none(name_));
}

Collection::~Collection() {
  for (const CachedItem::Owner& entry : entries_) table_.erase(*entry);
  table_.discount(bytes_of_none(name_));
}

CachedItem& Collection::add(const ItemKey& key) {
  // First, so that nothing can fail once the table has it.
  if (entries_.size() == entries_.capacity()) entries_.reserve(std::max<std::size_t>(4, entries_.size() * 2));
  CachedItem::Owner item = CachedItem::make(key);
  table_.add(*item);
  item->position = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back(std::move(item));
  return *entries_.back();
}

void Collection::renumber(std::size_t begin) noexcept {
  for (std::size_t i = begin; i < entries_.size(); ++i) entries_[i]->position = static_cast<std::uint32_t>(i);
}

void Collection::move_to_end(CachedItem& item) {
  const auto at = entries_.begin() + item.position;
  std::rotate(at, at + 1, entries_.end());
  renumber(item.position);
}

void Collection::apply(model::Record& record) {
  const ItemKey key = key_of(record.state->item_name);
  CachedItem* item = table_.find(key);
  const std::uint64_t previous_sequence = item == nullptr ? 0 : item->state->sequence;
  if (item == nullptr) {
    auto base = loaded_ ? nullptr : std::make_shared<model::SharedVersionBase>();
    item = &add(key);
    item->base = std::move(base);
  }
  table_.set_state(*item, record.state);
  touch();
  ++item->version;
  record.link = {item->version, previous_sequence, item->base};
  if (record.state->operation != model::Operation::store) {
    item->first_sequence = 0;
    item->reset = true;
  } else if (item->first_sequence == 0) {
    item->first_sequence = record.sequence();
    if (previous_sequence != 0 && !CFP_MUTANT("come_back_in_the_old_place"))
      move_to_end(*item);  // an item that comes back goes to the end, as in a dict
  }
}

void Collection::merge(const model::LoadedCollection* loaded) {
  CFP_CHECK(!loaded_);
  if (loaded != nullptr) {
    for (const model::LoadedItem& row : loaded->items) merge_row(row);
  }
  for (const CachedItem::Owner& item : entries_) {
    if (!item->base) continue;  // a row of the table
    item->base->resolve({});    // no row, unless a flush knows better
    item->version += item->base->get()->version;
    item->base = nullptr;
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const CachedItem::Owner& a, const CachedItem::Owner& b) {
    return a->first_sequence < b->first_sequence;
  });
  renumber(0);
  loaded_ = true;
  touch();
}

void Collection::merge_row(const model::LoadedItem& row) {
  const ItemKey key = key_of(row.item_name);
  CachedItem* item = table_.find(key);
  if (item == nullptr) {
    auto state = row.state ? row.state : deleted_state(row);
    item = &add(key);
    table_.set_state(*item, std::move(state));
    item->version = row.base.version;
    item->first_sequence = row.first_sequence;
    return;
  }
  if (!item->base) return;  // merged by an attempt that found no memory half-way; records since count on from it
  // The snapshot may already have some of the overlay's records; but then a flush has resolved the base before.
  item->base->resolve(row.base);
  item->version += item->base->get()->version;
  item->base = nullptr;
  if (!item->reset && row.first_sequence != 0) item->first_sequence = row.first_sequence;
}

void Collection::forget(const model::Record& record) {
  if (loaded_) return;
  CachedItem* const item = table_.find(key_of(record.state->item_name));
  if (item == nullptr || item->state->sequence != record.sequence()) {
    if (item == nullptr || !CFP_MUTANT("forget_a_newer_record")) return;
  }
  take_out(*item);
}

/// The order of an overlay does not matter: `merge` sorts.
CachedItem::Owner Collection::take_out(CachedItem& item) noexcept {
  table_.erase(item);
  const std::uint32_t position = item.position;
  std::swap(entries_[position], entries_.back());
  entries_[position]->position = position;
  CachedItem::Owner owner = std::move(entries_.back());
  entries_.pop_back();
  return owner;
}

std::size_t Collection::drop(std::size_t end, std::uint64_t floor, LeavingItems& gone) noexcept {
  end = std::min(end, entries_.size());
  while (end > 0 && !gone.is_full()) {
    CachedItem& item = *entries_[--end];
    if (item.state->sequence > floor && !CFP_MUTANT("evict_what_latest_lacks")) continue;
    gone.items[gone.count++] = take_out(item);
  }
  if (end == 0 && entries_.capacity() > entries_.size() * 4) entries_.shrink_to_fit();
  return end;
}

Items Collection::items() const {
  std::vector<cfp::Record> records;
  records.reserve(entries_.size());
  for (const CachedItem::Owner& item : entries_) {
    if (item->first_sequence != 0) records.emplace_back(item->state, item->version);
  }
  return Items(std::move(records));
}

std::uint64_t Collection::first_sequence() const noexcept {
  for (const CachedItem::Owner& item : entries_) {
    if (item->first_sequence != 0) return item->first_sequence;
  }
  return 0;
}

}  // namespace cfp::cache
