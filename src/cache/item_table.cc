#include "cache/item_table.h"

#include <algorithm>
#include <new>
#include <utility>

namespace cfp::cache {

CachedItem::CachedItem(const ItemKey& key) noexcept
    : key_size_(static_cast<std::uint16_t>(key.key.size())),
      collection_size_(static_cast<std::uint16_t>(key.collection_name.size())),
      item_size_(static_cast<std::uint16_t>(key.item_name.size())),
      hash_(key.hash) {
  char* out = reinterpret_cast<char*>(this + 1);
  for (const std::string_view name : {key.key, key.collection_name, key.item_name}) {
    out = std::copy(name.begin(), name.end(), out);
  }
}

CachedItem::Owner CachedItem::make(const ItemKey& key) {
  const std::size_t names = key.key.size() + key.collection_name.size() + key.item_name.size();
  return Owner(new (::operator new(sizeof(CachedItem) + names)) CachedItem(key));
}

void CachedItem::Destroy::operator()(CachedItem* item) const noexcept {
  item->~CachedItem();
  ::operator delete(item);
}

void ItemTable::insert(Slot slot) noexcept {
  std::size_t at = slot.hash & mask();
  while (slots_[at].item != nullptr) at = next(at);
  slots_[at] = slot;
}

void ItemTable::add(CachedItem& item) {
  if ((size_ + 1) * 3 > slots_.size() * 2) {
    const std::vector<Slot> before =
        std::exchange(slots_, std::vector<Slot>(std::max<std::size_t>(16, slots_.size() * 2)));
    for (const Slot& slot : before) {
      if (slot.item != nullptr) insert(slot);
    }
  }
  insert({item.hash(), &item});
  ++size_;
}

void ItemTable::erase(const CachedItem& item) noexcept {
  std::size_t hole = item.hash() & mask();
  while (slots_[hole].item != &item) hole = next(hole);
  --size_;
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
