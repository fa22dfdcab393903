#include "cache/collection.h"

#include <algorithm>
#include <functional>

#include "base/check.h"

namespace cfp::cache {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);
constexpr std::size_t kSmallestIndex = 8;

std::uint32_t short_hash(std::string_view name) noexcept {
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(name));
}

}  // namespace

void Collection::Entry::set_state(std::shared_ptr<const model::ItemState> of_item) {
  state = std::move(of_item);
  name = state->item_name.data();
  name_size = static_cast<std::uint32_t>(state->item_name.size());
  hash = short_hash(state->item_name);
}

std::size_t Collection::position(std::string_view item_name) const noexcept {
  if (index_.empty()) return kNone;
  const std::size_t mask = index_.size() - 1;
  const std::uint32_t hash = short_hash(item_name);
  for (std::size_t slot = hash & mask; index_[slot] != 0; slot = (slot + 1) & mask) {
    const Entry& entry = entries_[index_[slot] - 1];
    if (entry.hash != hash) continue;
    __builtin_prefetch(entry.state.get());  // whoever finds it will want it
    if (std::string_view(entry.name, entry.name_size) == item_name) return index_[slot] - 1;
  }
  return kNone;
}

void Collection::add(Entry entry) {
  entries_.push_back(std::move(entry));
  if (entries_.size() * 2 > index_.size()) return rebuild_index();
  const std::size_t mask = index_.size() - 1;
  std::size_t slot = entries_.back().hash & mask;
  while (index_[slot] != 0) slot = (slot + 1) & mask;
  index_[slot] = static_cast<std::uint32_t>(entries_.size());
}

void Collection::rebuild_index() {
  std::size_t size = kSmallestIndex;
  while (size < entries_.size() * 2) size *= 2;
  index_.assign(size, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t slot = entries_[i].hash & (size - 1);
    while (index_[slot] != 0) slot = (slot + 1) & (size - 1);
    index_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

void Collection::remove(std::size_t at) {
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
  rebuild_index();
}

void Collection::apply(model::Record& record) {
  const bool is_store = record.state->operation == model::Operation::store;
  const std::size_t at = position(record.state->item_name);
  Entry next;
  next.set_state(record.state);
  if (at == kNone) {
    next.version = 1;
    if (!loaded_) next.base = std::make_shared<model::SharedVersionBase>();
    record.link = {1, 0, next.base};
  } else {
    const Entry& before = entries_[at];
    next.version = before.version + 1;
    next.base = before.base;
    next.first_sequence = before.first_sequence;
    next.reset = before.reset;
    record.link = {next.version, before.state->sequence, next.base};
  }
  if (!is_store) {
    next.first_sequence = 0;
    next.reset = true;
  } else if (next.first_sequence == 0) {
    next.first_sequence = record.sequence();
  }
  if (at == kNone) return add(std::move(next));
  // An item that comes back after its deletion goes to the end, as in a dict.
  const bool moves = entries_[at].first_sequence != next.first_sequence && is_store;
  if (!moves) {
    entries_[at] = std::move(next);
    return;
  }
  remove(at);
  add(std::move(next));
}

void Collection::merge(const model::LoadedCollection* loaded) {
  CFP_CHECK(!loaded_);
  std::vector<Entry> overlay = std::move(entries_);
  entries_.clear();
  index_.clear();
  if (loaded != nullptr) {
    for (const model::LoadedItem& item : loaded->items) {
      Entry entry;
      entry.version = item.base.version;
      entry.first_sequence = item.first_sequence;
      if (item.state) {
        entry.set_state(item.state);
      } else {  // a deleted item: a name and a count
        auto mark = std::make_shared<model::ItemState>();
        mark->item_name = item.item_name;
        mark->sequence = item.base.sequence;
        mark->operation = model::Operation::erase;
        entry.set_state(std::move(mark));
      }
      entries_.push_back(std::move(entry));
    }
  }
  rebuild_index();
  for (Entry& entry : overlay) merge_entry(std::move(entry));
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.first_sequence < b.first_sequence; });
  rebuild_index();
  loaded_ = true;
}

void Collection::merge_entry(Entry entry) {
  const std::size_t at = position(entry.state->item_name);
  // A snapshot may already have some of the overlay's records; but then a flush has resolved the base before.
  model::VersionBase base;
  if (const auto known = entry.base->get()) {
    base = *known;
  } else {
    if (at != kNone) base = {entries_[at].version, entries_[at].state->sequence};
    entry.base->resolve(base);
  }
  entry.version += base.version;
  entry.base = nullptr;
  if (at == kNone) return add(std::move(entry));
  const std::uint64_t first_in_table = entries_[at].first_sequence;
  if (!entry.reset && first_in_table != 0) entry.first_sequence = first_in_table;
  entries_[at] = std::move(entry);
}

void Collection::forget(const model::Record& record) {
  if (loaded_) return;
  const std::size_t at = position(record.state->item_name);
  if (at == kNone || entries_[at].state->sequence != record.sequence()) return;
  // The order of an overlay does not matter: `merge` sorts.
  if (at + 1 != entries_.size()) std::swap(entries_[at], entries_.back());
  entries_.pop_back();
  rebuild_index();
}

std::optional<cfp::Record> Collection::find(std::string_view item_name) const {
  const std::size_t at = position(item_name);
  if (at == kNone || entries_[at].first_sequence == 0) return std::nullopt;
  return cfp::Record(entries_[at].state, entries_[at].version);
}

Items Collection::items() const {
  std::vector<cfp::Record> records;
  records.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    if (entry.first_sequence != 0) records.emplace_back(entry.state, entry.version);
  }
  return Items(std::move(records));
}

std::uint64_t Collection::first_sequence() const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.first_sequence != 0) return entry.first_sequence;
  }
  return 0;
}

}  // namespace cfp::cache
