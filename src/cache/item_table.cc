#include "cache/item_table.h"

#include <algorithm>
#include <utility>

namespace cfp::cache {
namespace {

// Of an item beside its state: its place in its collection, and what the allocator adds.
constexpr std::uint64_t kBookkeepingBytes = sizeof(void*) + 16;

}  // namespace

void ItemTable::insert(Slot slot) noexcept {
  std::size_t at = slot.hash & mask();
  while (slots_[at].item != nullptr) at = next(at);
  slots_[at] = slot;
}

void ItemTable::add(model::ItemState& item, const ItemKey& key) {
  if ((size_ + 1) * 5 > slots_.size() * 4) resize(std::max<std::size_t>(16, slots_.size() * 2));
  insert({key.hash, &item});
  ++size_;
  bytes_.add(item.bytes() + kBookkeepingBytes);
}

std::size_t ItemTable::slot_of(const model::ItemState& item, const ItemKey& key) const noexcept {
  std::size_t at = key.hash & mask();
  while (slots_[at].item != &item) at = next(at);
  return at;
}

void ItemTable::resize(std::size_t slots) {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots));
  for (const Slot& slot : before) {
    if (slot.item != nullptr) insert(slot);
  }
  bytes_.add(slots_.size() * sizeof(Slot));
  bytes_.subtract(before.size() * sizeof(Slot));
}

void ItemTable::shrink() {
  if (slots_.size() > 16 && size_ * 8 < slots_.size()) resize(slots_.size() / 4);
}

void ItemTable::replace(const model::ItemState& before, model::ItemState& after, const ItemKey& key) noexcept {
  slots_[slot_of(before, key)].item = &after;
  bytes_.subtract(before.bytes());
  bytes_.add(after.bytes());
}

void ItemTable::erase(const model::ItemState& item, const ItemKey& key) noexcept {
  std::size_t hole = slot_of(item, key);
  --size_;
  bytes_.subtract(item.bytes() + kBookkeepingBytes);
  // What lies behind the hole and was pushed there by what has gone moves back, so that searches may end at a hole.
  for (std::size_t at = next(hole); slots_[at].item != nullptr; at = next(at)) {
    const std::size_t home = slots_[at].hash & mask();
    if (((at - home) & mask()) < ((at - hole) & mask())) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
}

}  // namespace cfp::cache
