#include "support/fake_history_table.h"

#include <algorithm>

#include "base/hash.h"

namespace cfp::support {
namespace {

/// Each promise that a row breaks whatever the rows before it, or none.
void check_row(FakeTableDisk& disk, const tables::VersionedRecord& row) {
  const model::Record& record = *row.record;
  const FakeHistoryFile& file = *disk.history;
  const std::string which = "sequence " + std::to_string(record.sequence());
  disk.require(record.sequence() > file.meta.watermark, which + " is above the watermark and the row before it");
  disk.require(record.key_hash == base::hash64(record.key()), which + " has the hash of its key");
  disk.require(record.collection_hash == base::hash64(record.collection_name()), which + " has its collection's hash");
  const bool is_store = record.state->operation() == model::Operation::store;
  disk.require(!is_store || record.projection.extra.size() == file.schema.size(), which + " has all custom columns");
  const auto last = file.last.find(name_of(record));
  const model::VersionBase before = last == file.last.end() ? model::VersionBase{} : last->second;
  disk.require(row.version == before.version + 1,
               which + " has version " + std::to_string(before.version + 1) + ", not " + std::to_string(row.version));
  disk.require(row.previous_sequence == before.sequence,
               which + " follows sequence " + std::to_string(before.sequence) + " of its item");
}

auto first_after(const FakeHistoryFile& file, std::uint64_t sequence) {
  return std::upper_bound(file.rows.begin(), file.rows.end(), sequence,
                          [](std::uint64_t wanted, const auto& row) { return wanted < row.record.sequence(); });
}

}  // namespace

tables::HistoryRecord copy_of(const model::Record& record, std::uint32_t version, std::uint64_t previous_sequence) {
  tables::HistoryRecord copy{record, version, previous_sequence};
  copy.record.state = model::ItemState::make(record.state->content());
  copy.record.link = {version, previous_sequence, nullptr};
  copy.record.batch.count = 0;  // No column has it.
  return copy;
}

FakeHistoryTable::FakeHistoryTable(std::shared_ptr<FakeTableDisk> disk)
    : disk_(std::move(disk)),
      start_(disk_->starts),
      schema_(disk_->history.value().schema),
      was_closed_cleanly_(disk_->history->unsafe_commits.empty()) {
  disk_->require(!disk_->history_is_open, "history is opened once at a time");
  disk_->history_is_open = true;
}

FakeHistoryTable::~FakeHistoryTable() {
  const std::lock_guard lock(disk_->mutex);
  if (start_ == disk_->starts) disk_->history_is_open = false;
}

tables::Meta FakeHistoryTable::meta() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return disk_->history.value().meta;
}

void FakeHistoryTable::append(std::span<const tables::VersionedRecord> records) {
  if (records.empty()) return;
  disk_->commit(start_, true, [&] {
    FakeHistoryFile& file = disk_->history.value();
    const tables::Meta before = file.meta;
    const std::size_t rows_before = file.rows.size();
    try {
      for (const tables::VersionedRecord& row : records) {
        check_row(*disk_, row);
        const model::Record& record = *row.record;
        file.rows.push_back(copy_of(record, row.version, row.previous_sequence));
        file.last[name_of(record)] = {row.version, record.sequence()};
        count_row(file.meta, record.sequence());
        file.meta.watermark = record.sequence();
      }
    } catch (...) {
      // One transaction: nothing of a refused run stays.
      for (; file.rows.size() > rows_before; file.rows.pop_back()) {
        const tables::HistoryRecord& row = file.rows.back();
        file.last[name_of(row.record)] = {row.version - 1, row.previous_sequence};
      }
      file.meta = before;
      throw;
    }
    file.unsafe_commits.push_back(before);
  });
}

void FakeHistoryTable::read(std::uint64_t after, std::uint64_t through,
                            const std::function<void(tables::HistoryRecord&&)>& sink) {
  std::vector<tables::HistoryRecord> rows;
  {
    const std::lock_guard lock(disk_->mutex);
    disk_->check_alive(start_);
    const FakeHistoryFile& file = disk_->history.value();
    for (auto row = first_after(file, after); row != file.rows.end() && row->record.sequence() <= through; ++row) {
      rows.push_back(copy_of(row->record, row->version, row->previous_sequence));
    }
  }
  for (tables::HistoryRecord& row : rows) sink(std::move(row));
}

std::vector<std::uint64_t> FakeHistoryTable::missing(std::span<const std::uint64_t> sequences) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  disk_->require(std::is_sorted(sequences.begin(), sequences.end()), "sequences that are looked up are sorted");
  const FakeHistoryFile& file = disk_->history.value();
  std::vector<std::uint64_t> out;
  for (const std::uint64_t sequence : sequences) {
    const auto row = first_after(file, sequence);
    if (row == file.rows.begin() || std::prev(row)->record.sequence() != sequence) out.push_back(sequence);
  }
  return out;
}

bool FakeHistoryTable::is_healthy() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  const auto& file = disk_->history;
  return file && !file->is_damaged && recounted(*file) == file->meta;
}

std::uint64_t FakeHistoryTable::row_bound() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return disk_->history.value().rows.size();
}

bool FakeHistoryTable::scan(std::uint64_t, std::uint64_t) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return !disk_->history.value().is_damaged;
}

void FakeHistoryTable::checkpoint() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  disk_->history.value().unsafe_commits.clear();
}

tables::Meta FakeHistoryTable::copy(const tables::ByteSink& sink) {
  checkpoint();
  std::string bytes;
  tables::Meta copied;
  {
    const std::lock_guard lock(disk_->mutex);
    disk_->check_alive(start_);
    bytes = disk_->keep_copy(*disk_->history);
    copied = disk_->history->meta;
  }
  for (std::size_t at = 0; at < bytes.size(); at += 1000) sink(std::string_view(bytes).substr(at, 1000));
  return copied;
}

std::unique_ptr<QueryConnection> FakeHistoryTable::connect_read_only(bool /*with_latest*/) {
  throw CollectionFastPersistError(ErrorCode::sql, "the fake has no SQL");
}

}  // namespace cfp::support
