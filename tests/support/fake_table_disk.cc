#include "support/fake_table_disk.h"

#include <algorithm>
#include <stdexcept>

namespace cfp::support {

FakeName name_of(const model::Record& record) {
  return {std::string(record.key()), std::string(record.collection_name()), std::string(record.state->item_name())};
}

void count_row(tables::Meta& meta, std::uint64_t sequence) {
  meta.min_sequence = meta.rows == 0 ? sequence : std::min(meta.min_sequence, sequence);
  meta.max_sequence = std::max(meta.max_sequence, sequence);
  meta.xor_sequence ^= sequence;
  ++meta.rows;
}

namespace {

tables::Meta without_rows(tables::Meta meta) {
  meta.rows = meta.min_sequence = meta.max_sequence = meta.xor_sequence = 0;
  return meta;
}

}  // namespace

tables::Meta recounted(const FakeHistoryFile& file) {
  tables::Meta meta = without_rows(file.meta);
  for (const tables::HistoryRecord& row : file.rows) count_row(meta, row.record.sequence());
  return meta;
}

tables::Meta recounted(const FakeLatestFile& file) {
  tables::Meta meta = without_rows(file.meta);
  for (const auto& [name, row] : file.rows) {
    if (row.state != nullptr) count_row(meta, row.base.sequence);
  }
  return meta;
}

namespace {

/// Long enough to be torn, and every byte of it counts.
std::string bytes_of_copy(std::string_view table, std::size_t number) {
  std::string bytes;
  for (int line = 0; line < 200; ++line) {
    bytes += std::string(table) + " copy " + std::to_string(number) + " line " + std::to_string(line) + "\n";
  }
  return bytes;
}

template <class Copies, class File>
std::string keep(Copies& copies, std::string_view table, const File& file) {
  copies.push_back({file, bytes_of_copy(table, copies.size())});
  copies.back().file.unsafe_commits.clear();
  return copies.back().bytes;
}

template <class Copies>
auto find(const Copies& copies, std::string_view bytes) -> decltype(&copies.front().file) {
  const auto found = std::ranges::find(copies, bytes, &Copies::value_type::bytes);
  return found == copies.end() ? nullptr : &found->file;
}

}  // namespace

std::string FakeTableDisk::keep_copy(const FakeHistoryFile& file) { return keep(history_copies_, "history", file); }
std::string FakeTableDisk::keep_copy(const FakeLatestFile& file) { return keep(latest_copies_, "latest", file); }
const FakeHistoryFile* FakeTableDisk::history_of(std::string_view bytes) const { return find(history_copies_, bytes); }
const FakeLatestFile* FakeTableDisk::latest_of(std::string_view bytes) const { return find(latest_copies_, bytes); }

void FakeTableDisk::fail_next_history_commit(CommitFault fault, ErrorCode code) {
  const std::lock_guard lock(mutex);
  history_fault_ = PlannedFault{fault, code};
}

void FakeTableDisk::fail_next_latest_commit(CommitFault fault, ErrorCode code) {
  const std::lock_guard lock(mutex);
  latest_fault_ = PlannedFault{fault, code};
}

void FakeTableDisk::crash(std::size_t lost_history_commits, std::size_t lost_latest_commits) {
  const std::lock_guard lock(mutex);
  ++starts;
  history_is_open = latest_is_open = false;
  history_fault_.reset();
  latest_fault_.reset();
  if (history) lose_history_commits(lost_history_commits);
  if (latest) lose_latest_commits(lost_latest_commits);
}

void FakeTableDisk::lose_history_commits(std::size_t count) {
  for (; count > 0 && !history->unsafe_commits.empty(); --count) {
    history->meta = history->unsafe_commits.back();
    history->unsafe_commits.pop_back();
  }
  std::erase_if(history->rows, [&](const auto& row) { return row.record.sequence() > history->meta.watermark; });
  history->last.clear();
  for (const auto& row : history->rows) history->last[name_of(row.record)] = {row.version, row.record.sequence()};
}

void FakeTableDisk::lose_latest_commits(std::size_t count) {
  for (; count > 0 && !latest->unsafe_commits.empty(); --count) {
    FakeLatestFile::Undo& undo = latest->unsafe_commits.back();
    for (auto& [name, row] : undo.rows) {
      if (row) {
        latest->rows[name] = std::move(*row);
      } else {
        latest->rows.erase(name);
      }
    }
    latest->meta = undo.meta;
    latest->tail_rows = undo.tail_rows;
    latest->unsafe_commits.pop_back();
  }
}

void FakeTableDisk::remove_history() {
  const std::lock_guard lock(mutex);
  history.reset();
}

void FakeTableDisk::remove_latest() {
  const std::lock_guard lock(mutex);
  latest.reset();
}

void FakeTableDisk::damage_history() {
  const std::lock_guard lock(mutex);
  history.value().is_damaged = true;
}

void FakeTableDisk::damage_latest() {
  const std::lock_guard lock(mutex);
  latest.value().is_damaged = true;
}

void FakeTableDisk::step(std::string_view name) const {
  if (on_step) on_step(name);
}

void FakeTableDisk::commit(std::uint64_t start, bool of_history, const std::function<void()>& apply) {
  const std::string name = of_history ? "history" : "latest";
  step(name + " before commit");
  {
    const std::lock_guard lock(mutex);
    check_alive(start);
    const auto fault = std::exchange(of_history ? history_fault_ : latest_fault_, std::nullopt);
    const auto fail = [&] {
      throw CollectionFastPersistError(fault->code, "a planned failure of a commit of " + name);
    };
    if (fault && fault->fault == CommitFault::before) fail();
    apply();
    if (fault) fail();
  }
  step(name + " after commit");
}

void FakeTableDisk::check_alive(std::uint64_t start) const {
  if (start != starts) throw std::logic_error("a table of the time before the crash is used");
}

void FakeTableDisk::require(bool holds, const std::string& promise) {
  if (holds) return;
  violations.push_back(promise);
  throw std::logic_error("the fake tables refuse: " + promise);
}

}  // namespace cfp::support
