#include "support/fake_latest_table.h"

#include <algorithm>
#include <set>

namespace cfp::support {

FakeLatestRow changed_row(const FakeLatestRow* before, const tables::ItemChange& change) {
  const model::ItemState& state = *change.last.record->state;
  FakeLatestRow row;
  row.base = {change.last.version, state.sequence};
  if (state.operation() == model::Operation::erase) return row;
  row.state = model::ItemState::make(state.content());
  const bool keeps_place = before != nullptr && before->state && !change.erased_in_between;
  row.first_sequence = keeps_place ? before->first_sequence : change.first_store_sequence;
  return row;
}

model::LoadedItem loaded_item(const FakeName& name, const FakeLatestRow& row) {
  return {name.item_name, row.state ? model::ItemState::make(row.state->content()) : nullptr, row.base,
          row.first_sequence};
}

FakeLatestTable::FakeLatestTable(std::shared_ptr<FakeTableDisk> disk)
    : disk_(std::move(disk)), start_(disk_->starts), was_closed_cleanly_(disk_->latest.value().unsafe_commits.empty()) {
  disk_->require(!disk_->latest_is_open, "latest is opened once at a time");
  disk_->latest_is_open = true;
}

FakeLatestTable::~FakeLatestTable() {
  const std::lock_guard lock(disk_->mutex);
  if (start_ == disk_->starts) disk_->latest_is_open = false;
}

FakeLatestFile& FakeLatestTable::file() {
  disk_->check_alive(start_);
  return disk_->latest.value();
}

tables::Meta FakeLatestTable::meta() {
  const std::lock_guard lock(disk_->mutex);
  return file().meta;
}

std::vector<model::VersionBase> FakeLatestTable::version_bases(std::span<const tables::ItemName> names) {
  const std::lock_guard lock(disk_->mutex);
  const FakeLatestFile& now = file();
  std::vector<model::VersionBase> bases;
  for (const tables::ItemName& name : names) {
    const auto row =
        now.rows.find({std::string(name.key), std::string(name.collection_name), std::string(name.item_name)});
    bases.push_back(row == now.rows.end() ? model::VersionBase{} : row->second.base);
  }
  return bases;
}

tables::LiveRows FakeLatestTable::live_rows() {
  const std::lock_guard lock(disk_->mutex);
  const FakeLatestFile& now = file();
  tables::LiveRows live;
  live.watermark = now.meta.watermark;
  for (const auto& [name, row] : now.rows) {
    if (row.state) live.rows.push_back({row.state->sequence, row.state->data().size()});
  }
  std::ranges::sort(live.rows, {}, &tables::LiveRow::sequence);
  return live;
}

std::vector<tables::LoadedCollection> FakeLatestTable::load(std::string_view key,
                                                            std::optional<std::string_view> collection_name) {
  const std::lock_guard lock(disk_->mutex);
  const FakeLatestFile& now = file();
  std::vector<tables::LoadedCollection> collections;
  const FakeName first{std::string(key), std::string(collection_name.value_or("")), ""};
  for (auto row = now.rows.lower_bound(first); row != now.rows.end(); ++row) {
    const FakeName& name = row->first;
    if (name.key != key || (collection_name && name.collection_name != *collection_name)) break;
    if (collections.empty() || collections.back().name != name.collection_name) {
      collections.push_back({name.collection_name, {}});
    }
    collections.back().items.push_back(loaded_item(name, row->second));
  }
  // "In any order": nobody may come to rely on one that looks natural.
  std::reverse(collections.begin(), collections.end());
  for (auto& collection : collections) std::reverse(collection.items.begin(), collection.items.end());
  return collections;
}

void FakeLatestTable::check_change(const tables::ItemChange& change, std::uint64_t watermark) {
  const FakeLatestFile& now = *disk_->latest;
  const model::Record& record = *change.last.record;
  const std::uint64_t sequence = record.sequence();
  const std::string which = "sequence " + std::to_string(sequence);
  disk_->require(sequence > now.meta.watermark && sequence <= watermark, which + " lies between the two watermarks");

  const auto row = now.rows.find(name_of(record));
  const FakeLatestRow* const before = row == now.rows.end() ? nullptr : &row->second;
  disk_->require(before == nullptr || before->base.version < change.last.version, which + " has a higher version");
  disk_->require(before != nullptr || change.last.version >= 1, which + " has a version");
  const bool is_store = record.state->operation() == model::Operation::store;
  disk_->require(!is_store || changed_row(before, change).first_sequence != 0,
                 which + " has a place in its collection");
  disk_->require(change.first_store_sequence <= sequence, which + " is not before the first store of its item");

  if (!disk_->history) return;
  const auto& history = *disk_->history;
  const auto last = history.last.find(name_of(record));
  disk_->require(last != history.last.end() && last->second.sequence >= sequence, which + " is in history before");
  if (last->second.sequence == sequence) {
    disk_->require(last->second.version == change.last.version, which + " has the version that history counts");
  }
}

void FakeLatestTable::apply_checked(const tables::ItemChange& change) {
  FakeLatestFile& now = *disk_->latest;
  const FakeName name = name_of(*change.last.record);
  const auto row = now.rows.find(name);
  const bool is_known = row != now.rows.end();
  now.unsafe_commits.back().rows.emplace_back(name, is_known ? std::optional(row->second) : std::nullopt);
  FakeLatestRow changed = changed_row(is_known ? &row->second : nullptr, change);
  if (changed.state) ++now.tail_rows;
  now.rows[name] = std::move(changed);
}

void FakeLatestTable::apply(std::span<const tables::ItemChange> changes, std::uint64_t watermark) {
  disk_->commit(start_, false, [&] {
    FakeLatestFile& now = file();
    disk_->require(watermark >= now.meta.watermark, "the watermark of latest does not go back");
    disk_->require(!disk_->history || watermark <= disk_->history->meta.watermark, "latest is never ahead of history");
    std::set<FakeName> names;
    for (const tables::ItemChange& change : changes) {
      disk_->require(names.insert(name_of(*change.last.record)).second, "an item comes once in one change of latest");
      check_change(change, watermark);
    }
    now.unsafe_commits.push_back({now.meta, now.tail_rows, {}});
    for (const tables::ItemChange& change : changes) apply_checked(change);
    now.meta = recounted(now);
    now.meta.watermark = watermark;
  });
}

std::uint64_t FakeLatestTable::tail_rows() {
  const std::lock_guard lock(disk_->mutex);
  return file().tail_rows;
}

bool FakeLatestTable::wants_sorting() {
  const std::lock_guard lock(disk_->mutex);
  return file().tail_rows > disk_->tail_bound;
}

void FakeLatestTable::sort() {
  disk_->commit(start_, false, [&] {
    // A new file, synced: no earlier commit can be lost any more.
    file().unsafe_commits.clear();
    file().tail_rows = 0;
  });
}

bool FakeLatestTable::is_healthy() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  const auto& now = disk_->latest;
  return now && !now->is_damaged && recounted(*now) == now->meta;
}

std::uint64_t FakeLatestTable::row_bound() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return disk_->latest.value().rows.size();
}

bool FakeLatestTable::scan(std::uint64_t, std::uint64_t) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return !disk_->latest.value().is_damaged;
}

void FakeLatestTable::checkpoint() {
  const std::lock_guard lock(disk_->mutex);
  file().unsafe_commits.clear();
}

tables::Meta FakeLatestTable::copy(const tables::ByteSink& sink) {
  checkpoint();
  std::string bytes;
  tables::Meta copied;
  {
    const std::lock_guard lock(disk_->mutex);
    bytes = disk_->keep_copy(file());
    copied = file().meta;
  }
  sink(bytes);
  return copied;
}

std::unique_ptr<QueryConnection> FakeLatestTable::connect_read_only() {
  throw CollectionFastPersistError(ErrorCode::sql, "the fake has no SQL");
}

}  // namespace cfp::support
