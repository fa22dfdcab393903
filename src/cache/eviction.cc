// What leaves when memory is bounded: collections that nobody has used for a lap of the hand, each turned back into an
// overlay of what the latest table may lack.

#include <algorithm>
#include <new>
#include <utility>

#include "base/mutant.h"
#include "cache/cache.h"
#include "cache/shard.h"

namespace cfp::cache {
namespace {

// Bounds how long a shard is locked.
constexpr std::uint64_t kVisitsPerLock = 64;
// What a call does for others: so many collections and items are looked at; more where much is to go, since what a call
// leaves to the next one must not add up, and more again for who has brought much.
constexpr std::uint64_t kVisitsPerCall = 1024;
constexpr std::uint64_t kBytesPerVisit = 256;  // an item is larger
constexpr std::uint64_t kMostVisitsForOthers = 16 * 1024;
constexpr std::uint64_t kBroughtBytesPerVisit = 64;
// A collection that was used in the lap before this one may have been used a moment ago.
constexpr std::uint8_t kLapsOfTheUnused = 2;
// After as many laps without anything that may leave, nothing may.
constexpr std::uint64_t kIdleRounds = kLapsOfTheUnused + 1;

}  // namespace

void Cache::Shard::touch(const model::ItemState& item, const ItemKey& names, std::uint64_t key_hash) const noexcept {
  item.place.lap.store(items.lap(), std::memory_order_relaxed);
  // Found as long as the item is; only the compiler needs the question.
  if (const Collection* const collection = keys.find(names.key, key_hash)->find(names.collection_name)) {
    collection->touch();
  }
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
    hand.collections = std::min(hand.collections, key->slots.size());
    const bool is_busy = loading.contains(key->name) || held.contains(key->name);
    result.passed_a_busy_one |= is_busy;
    if (hand.collections == 0 || is_busy) {
      hand = {.key = hand.key + 1};
    } else if (key->slots[hand.collections - 1].collection->laps_unused() < kLapsOfTheUnused) {
      hand = {.key = hand.key, .collections = hand.collections - 1};
    } else {
      evict(*key, floor, gone, result);
    }
  }
  return result;
}

/// As much of the collection at the hand as `gone` has room for. What is left of it holds true meanwhile.
void Cache::Shard::evict(CachedKey& key, std::uint64_t floor, LeavingItems& gone, Sweep& sweep) noexcept {
  const auto slot = key.slots.begin() + static_cast<std::ptrdiff_t>(hand.collections - 1);
  Collection& collection = *slot->collection;
  if (collection.loaded()) {
    ++sweep.evicted;
    if (!CFP_MUTANT("evict_and_stay_loaded")) collection.unload();
    if (!CFP_MUTANT("evict_and_keep_the_key_whole")) key.all_loaded = false;
  }
  hand.entry = collection.drop(hand.entry, floor, gone);
  if (hand.entry > 0) return;
  hand = {.key = hand.key, .collections = hand.collections - 1};
  if (collection.entries() > 0) return;
  key.slots.erase(slot);
  if (!key.slots.empty()) return;
  keys.erase(key.name, name_hash(key.name));
  hand = {.key = hand.key};  // another key may have its slot now
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

void Cache::make_room_after(std::uint64_t brought) noexcept {
  if (!is_over()) return;
  const std::unique_lock sweeping(sweep_mutex_, std::try_to_lock);
  if (!sweeping) return;  // somebody else makes it
  const std::uint64_t over = bytes() - std::min(bytes(), bound_.max_bytes);
  sweep(kVisitsPerCall + std::min(over / kBytesPerVisit, kMostVisitsForOthers + brought / kBroughtBytesPerVisit));
}

/// Not for each group: the writers of the next one wait meanwhile.
void Cache::make_room_for(std::span<const model::Record> applied) noexcept {
  if (bound_.max_bytes == UINT64_MAX) return;
  for (const model::Record& record : applied) unswept_bytes_ += record.state->bytes();
  if (unswept_bytes_ > bound_.max_bytes / 256) make_room_after(std::exchange(unswept_bytes_, 0));
}

void Cache::make_all_room() noexcept {
  if (!is_over()) return;
  const std::lock_guard sweeping(sweep_mutex_);
  sweep(UINT64_MAX);
}

void Cache::sweep(std::uint64_t visits) noexcept {
  const std::uint64_t floor = bound_.floor();
  if (floor == futile_floor_ && bytes() <= futile_bytes_) return;
  LeavingItems gone;  // here: to make and destroy it takes longer than a look at a shard where nothing may leave
  bool over = is_over();
  while (visits > 0 && over) {
    Shard& shard = (*shards_)[sweep_shard_];
    Shard::Sweep sweep{.visits = 1, .ended_lap = true};  // of one with nothing in it
    if (shard.bytes() > 0) {
      const std::lock_guard lock(shard.mutex);
      sweep = shard.sweep(floor, gone);
    }
    visits -= std::min(visits, sweep.visits + gone.count);
    if (gone.count > 0 || sweep.evicted > 0) {
      gone.clear();  // now that the shard is open again
      evicted_.fetch_add(sweep.evicted, std::memory_order_relaxed);
      idle_laps_ = 0;
      over = is_over();
    }
    passed_a_busy_one_ |= sweep.passed_a_busy_one;
    if (!sweep.ended_lap) continue;
    sweep_shard_ = (sweep_shard_ + 1) % shards_->size();
    if (++idle_laps_ <= kIdleRounds * shards_->size()) continue;
    idle_laps_ = 0;
    if (std::exchange(passed_a_busy_one_, false)) return;
    // What is here must stay until the latest table follows; until then only what comes is worth a walk.
    futile_floor_ = floor;
    futile_bytes_ = bytes() + bound_.max_bytes / 64;
    return;
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
            make_room_after(0);
          }};
}

}  // namespace cfp::cache
