#include "cache/item_table.h"

#include <algorithm>
#include <new>
#include <utility>

namespace cfp::cache {
namespace {

// Of an item: its place in its collection, what the allocator adds to its block, to its state's and to its text's, and
// the counts of the shared state.
constexpr std::uint64_t kBookkeepingBytes = sizeof(void*) + 3 * 16 + 16;

}  // namespace

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

std::uint64_t CachedItem::bytes() const noexcept {
  return kBookkeepingBytes + sizeof(CachedItem) + key_size_ + collection_size_ + item_size_ +
         (state ? model::footprint_bytes(*state) : 0);
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
  if ((size_ + 1) * 3 > slots_.size() * 2) resize(std::max<std::size_t>(16, slots_.size() * 2));
  insert({item.hash(), &item});
  ++size_;
  bytes_.add(item.bytes());
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

void ItemTable::set_state(CachedItem& item, std::shared_ptr<const model::ItemState> state) noexcept {
  if (item.state) bytes_.subtract(model::footprint_bytes(*item.state));
  item.state = std::move(state);
  bytes_.add(model::footprint_bytes(*item.state));
}

void ItemTable::erase(const CachedItem& item) noexcept {
  std::size_t hole = item.hash() & mask();
  while (slots_[hole].item != &item) hole = next(hole);
  --size_;
  bytes_.subtract(item.bytes());
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
