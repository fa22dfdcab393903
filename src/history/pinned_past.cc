#include "history/pinned_past.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/hash.h"
#include "base/mutant.h"
#include "flush/version_place.h"

namespace cfp::history {
namespace {

bool is_of(const model::Record& record, const ItemNames& names) {
  return record.key() == names.key && record.collection_name() == names.collection_name &&
         record.state->item_name() == names.item_name;
}

/// Of a row that was read without names.
FoundVersion found_link(tables::HistoryRecord row, const ItemNames& names) {
  model::ItemState::Content whole = row.record.state->content();
  whole.item_name = names.item_name;
  row.record.state = model::ItemState::make(whole);
  return found_version(row);
}

}  // namespace

ItemVersion version_of(const model::Record& record, std::uint32_t version) {
  return {Record(*record.state, version),
          record.state->operation() == model::Operation::erase,
          record.projection.username,
          record.reason,
          record.request_id,
          record.batch.first};
}

FoundVersion found_version(const tables::HistoryRecord& row) {
  return {version_of(row.record, row.version), row.previous_sequence};
}

tables::ItemName hashed(const ItemNames& names) noexcept {
  return {names.key, names.collection_name, names.item_name, base::hash64(names.key),
          model::item_hash(names.key, names.collection_name, names.item_name)};
}

void PinnedPast::wait_for(std::uint64_t sequence) const {
  if (sequence <= floor_ || sources_.unflushed.last_sequence() >= sequence) return;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (sources_.unflushed.last_sequence() < sequence) {
    if (std::chrono::steady_clock::now() > end) {
      throw CollectionFastPersistError(ErrorCode::failed,
                                       "The last records of this store are on disk, but there was no memory to read "
                                       "their past; give the process memory and open the store again.");
    }
    std::this_thread::yield();
  }
}

std::optional<FoundVersion> PinnedPast::find(const ItemNames& names, std::uint64_t sequence) const {
  if (sequence > floor_) {
    const model::Record* const record = sources_.unflushed.find(sequence);
    if (record == nullptr || !is_of(*record, names)) return std::nullopt;
    const tables::VersionedRecord placed = flush::versioned(*record);
    return FoundVersion{version_of(*record, placed.version), placed.previous_sequence};
  }
  auto row = with_table([&](tables::ItemPast& table) { return table.find(sequence); });
  if (!row) return std::nullopt;
  const std::uint64_t wanted = model::item_hash(names.key, names.collection_name, names.item_name);
  if (row->record.item_hash != wanted && !CFP_MUTANT("follow_any_link")) return std::nullopt;
  return found_link(std::move(*row), names);
}

std::vector<FoundVersion> PinnedPast::find_all(const ItemNames& names, const tables::Stretch& stretch) const {
  const std::uint64_t wanted = model::item_hash(names.key, names.collection_name, names.item_name);
  auto rows = with_table([&](tables::ItemPast& table) { return table.find_all(wanted, stretch); });
  std::vector<FoundVersion> found;
  for (tables::HistoryRecord& row : rows) {
    // Of another item with the same hash there may be rows in between.
    const std::uint64_t next = found.empty() ? stretch.through : found.back().previous_sequence;
    if (row.record.sequence() == next) found.push_back(found_link(std::move(row), names));
  }
  return found;
}

std::uint64_t PinnedPast::last_sequence(const AsOf& as_of) const {
  const auto time = as_of.time();
  const std::uint64_t last = time ? last_sequence_at(time->utc().time_since_epoch().count()) : *as_of.sequence();
  if (last == 0 || last >= sources_.unflushed.last_sequence()) return last;
  // Records of a batch are next to each other: within it is where the next record is of the same one.
  const std::uint64_t batch = batch_of(last);
  const bool is_within = batch != 0 && batch_of(last + 1) == batch && !CFP_MUTANT("show_half_a_batch_of_the_past");
  return is_within ? batch - 1 : last;
}

std::uint64_t PinnedPast::last_sequence_at(std::int64_t time_us) const {
  if (const auto unflushed = sources_.unflushed.last_sequence_at(time_us)) return std::max(*unflushed, floor_);
  const auto later = with_table([&](tables::ItemPast& table) { return table.first_sequence_after(time_us); });
  return later ? std::min(*later - 1, floor_) : floor_;
}

std::uint64_t PinnedPast::batch_of(std::uint64_t sequence) const {
  if (sequence > floor_) {
    const model::Record* const record = sources_.unflushed.find(sequence);
    return record == nullptr ? 0 : record->batch.first;
  }
  const auto row = with_table([&](tables::ItemPast& table) { return table.find(sequence); });
  return row ? row->record.batch.first : 0;
}

}  // namespace cfp::history
