// What leaves when memory is bounded: collections that nobody has used for a lap of the hand, each turned back into an
// overlay of what the latest table may lack.

#include <algorithm>
#include <new>

#include "base/mutant.h"
#include "cache/cache.h"
#include "cache/shard.h"

namespace cfp::cache {
namespace {

// Bounds how long a shard is locked.
constexpr std::uint64_t kVisitsPerLock = 64;
// Bounds what a call does for others: so many collections and items are looked at, and one more for each of so many
// bytes. What it leaves for the next call is a fraction of a percent of the bound, for which room is kept.
constexpr std::uint64_t kVisitsPerCall = 1024;
constexpr std::uint64_t kBytesPerVisit = 256;
// A collection that was used in the lap before this one may have been used a moment ago.
constexpr std::uint8_t kLapsOfTheUnused = 2;

}  // namespace

void Cache::Shard::touch(const CachedItem& item, const ItemKey& names, std::uint64_t key_hash) const noexcept {
  item.lap.store(items.lap(), std::memory_order_relaxed);
  keys.find(names.key, key_hash)->find(names.collection_name)->touch();
}

Cache::Shard::Sweep Cache::Shard::sweep(std::uint64_t floor, LeavingItems& gone) noexcept {
  Sweep result;
  const std::lock_guard lock(load_mutex);
  while (++result.visits < kVisitsPerLock && !gone.is_full()) {
    CachedKey* const key = keys.at_or_after(hand.key);
    if (key == nullptr) {
      end_lap();
      result.ended_lap = true;
      break;
    }
    if (hand.collection >= key->slots.size() || loading.contains(key->name) || held.contains(key->name)) {
      hand = {.key = hand.key + 1};
    } else if (key->slots[hand.collection].collection->laps_unused() < kLapsOfTheUnused) {
      hand = {.key = hand.key, .collection = hand.collection + 1};
    } else {
      evict(*key, floor, gone, result);
    }
  }
  return result;
}

/// As much of the collection at the hand as `gone` has room for. What is left of it holds true meanwhile.
void Cache::Shard::evict(CachedKey& key, std::uint64_t floor, LeavingItems& gone, Sweep& sweep) noexcept {
  Collection& collection = *key.slots[hand.collection].collection;
  if (collection.loaded()) {
    ++sweep.evicted;
    if (!CFP_MUTANT("evict_and_stay_loaded")) collection.unload();
    if (!CFP_MUTANT("evict_and_keep_the_key_whole")) key.all_loaded = false;
  }
  hand.entry = collection.drop(hand.entry, floor, gone);
  if (hand.entry > 0) return;
  if (collection.entries() > 0) {
    hand = {.key = hand.key, .collection = hand.collection + 1};
    return;
  }
  hand.entry = SIZE_MAX;
  key.slots.erase(key.slots.begin() + static_cast<std::ptrdiff_t>(hand.collection));
  if (!key.slots.empty()) return;
  hand.collection = 0;
  keys.erase(key.name, name_hash(key.name));  // another key may take its slot
}

void Cache::Shard::end_lap() noexcept {
  hand = {};
  items.begin_lap();
  if (loading.empty() && held.empty()) clear_misses();  // else somebody may be about to read one
  try {
    items.shrink();
    keys.shrink();
  } catch (const std::bad_alloc&) {
    // They stay as large as they are.
  }
}

std::uint64_t Cache::bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Shard& shard : *shards_) sum += shard.bytes();
  return sum;
}

bool Cache::is_over() const noexcept {
  return bound_.max_bytes != UINT64_MAX && bytes() > bound_.max_bytes - bound_.max_bytes / 64;
}

void Cache::make_room() noexcept {
  if (!is_over()) return;
  const std::uint64_t floor = bound_.floor();
  const std::unique_lock sweeping(sweep_mutex_, std::try_to_lock);
  if (!sweeping) return;  // somebody else makes it
  std::uint64_t visits = kVisitsPerCall + (bytes() - std::min(bytes(), bound_.max_bytes)) / kBytesPerVisit;
  while (visits > 0 && is_over()) {
    Shard& shard = (*shards_)[sweep_shard_];
    LeavingItems gone;  // destroyed when the shard is open again
    std::unique_lock lock(shard.mutex);
    const Shard::Sweep sweep = shard.sweep(floor, gone);
    lock.unlock();
    evicted_.fetch_add(sweep.evicted, std::memory_order_relaxed);
    visits -= std::min(visits, sweep.visits + gone.count);
    if (sweep.ended_lap) sweep_shard_ = (sweep_shard_ + 1) % shards_->size();
  }
}

std::shared_ptr<const void> Cache::hold(std::string_view key) {
  if (bound_.max_bytes == UINT64_MAX) return nullptr;
  Shard& shard = shard_of(name_hash(key));
  std::unique_lock lock(shard.load_mutex);
  const auto place = shard.held.emplace(key);
  lock.unlock();  // should there be no memory for the hold, its end comes at once
  return {this, [this, &shard, place](const void*) {
            {
              const std::lock_guard inner(shard.load_mutex);
              shard.held.erase(place);
            }
            make_room();
          }};
}

}  // namespace cfp::cache
