// The past of items on a FakeTableDisk: the plainest way to say what tables::ItemPast promises.

#include <algorithm>
#include <map>
#include <utility>

#include "support/fake_history_table.h"

namespace cfp::support {
namespace {

bool is_of(const tables::HistoryRecord& row, const tables::ItemName& name) {
  return row.record.key() == name.key && row.record.collection_name() == name.collection_name &&
         row.record.state->item_name() == name.item_name;
}

bool is_wanted(const tables::HistoryRecord& row, const tables::VersionSearch& search) {
  const std::int64_t accepted = row.record.state->updated_at_us;
  return is_of(row, search.name) && row.record.sequence() <= search.through &&
         row.version < search.below_version.value_or(UINT32_MAX) &&
         (!search.before_us || accepted < *search.before_us) && (!search.after_us || accepted > *search.after_us) &&
         (!search.username || row.record.projection.username == search.username);
}

/// As a row is found that somebody leads to.
tables::HistoryRecord nameless_of(tables::HistoryRecord row) {
  model::ItemState::Content nameless = row.record.state->content();
  nameless.key = nameless.collection_name = nameless.item_name = "";
  row.record.state = model::ItemState::make(nameless);
  row.record.projection.status.reset();
  row.record.projection.extra.clear();
  return row;
}

tables::HistoryRecord copied(const tables::HistoryRecord& row) {
  return copy_of(row.record, row.version, row.previous_sequence);
}

}  // namespace

std::optional<tables::HistoryRecord> FakeHistoryTable::find(std::uint64_t sequence) {
  std::optional<tables::HistoryRecord> found;
  read(sequence - std::min<std::uint64_t>(sequence, 1), sequence,
       [&](tables::HistoryRecord&& row) { found = nameless_of(std::move(row)); });
  return found;
}

std::vector<tables::HistoryRecord> FakeHistoryTable::find_all(std::uint64_t item_hash, const tables::Stretch& stretch) {
  std::vector<tables::HistoryRecord> found;
  read(stretch.from - std::min<std::uint64_t>(stretch.from, 1), stretch.through, [&](tables::HistoryRecord&& row) {
    if (row.record.item_hash == item_hash) found.push_back(nameless_of(std::move(row)));
  });
  std::ranges::reverse(found);
  if (found.size() > stretch.count) found.resize(stretch.count);
  return found;
}

std::vector<tables::HistoryRecord> FakeHistoryTable::rows(std::span<const std::uint64_t> sequences) {
  std::vector<tables::HistoryRecord> found;
  for (const std::uint64_t sequence : sequences) {
    read(sequence - 1, sequence, [&](tables::HistoryRecord&& row) { found.push_back(std::move(row)); });
  }
  return found;
}

/// Three rows at a time: a page must not end where a batch does.
std::uint64_t FakeHistoryTable::read_next(std::uint64_t after, std::uint64_t through,
                                          const std::function<void(tables::HistoryRecord&&)>& sink) {
  std::vector<tables::HistoryRecord> rows;
  read(after, through, [&](tables::HistoryRecord&& row) {
    if (rows.size() < 3) rows.push_back(std::move(row));
  });
  const std::uint64_t end = rows.size() < 3 ? through : rows.back().record.sequence();
  for (tables::HistoryRecord& row : rows) sink(std::move(row));
  return end;
}

std::vector<tables::HistoryRecord> FakeHistoryTable::versions(const tables::VersionSearch& search) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  const auto& rows = disk_->history.value().rows;
  std::vector<tables::HistoryRecord> found;
  for (auto row = rows.rbegin(); row != rows.rend() && found.size() < search.count; ++row) {
    if (is_wanted(*row, search)) found.push_back(copied(*row));
  }
  return found;
}

std::vector<std::optional<tables::PastItem>> FakeHistoryTable::items_at(std::span<const tables::ItemName> names,
                                                                        std::uint64_t through) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  std::vector<std::optional<tables::PastItem>> out(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const tables::HistoryRecord& row : disk_->history.value().rows) {
      if (row.record.sequence() > through || !is_of(row, names[i])) continue;
      const bool is_store = row.record.state->operation() == model::Operation::store;
      std::uint64_t first = out[i] ? out[i]->first_store_sequence : 0;
      if (first == 0 || !is_store) first = is_store ? row.record.sequence() : 0;
      out[i] = tables::PastItem{copied(row), first};
    }
  }
  return out;
}

std::vector<tables::PastKey> FakeHistoryTable::keys_at(const tables::NameRange& range, std::uint64_t through) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  std::map<std::string, std::map<std::pair<std::string, std::string>, bool>> keys;
  for (const tables::HistoryRecord& row : disk_->history.value().rows) {
    const model::Record& record = row.record;
    if (record.sequence() > through || !range.contains(record.key())) continue;
    keys[std::string(record.key())][{std::string(record.collection_name()), std::string(record.state->item_name())}] =
        record.state->operation() == model::Operation::store;
  }
  std::vector<tables::PastKey> found;
  for (const auto& [key, items] : keys) {
    found.push_back({key, std::ranges::any_of(items, [](const auto& item) { return item.second; })});
  }
  if (range.descending) std::ranges::reverse(found);
  if (found.size() > range.limit) found.resize(range.limit);
  return found;
}

std::optional<std::uint64_t> FakeHistoryTable::first_sequence_after(std::int64_t time_us) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  for (const tables::HistoryRecord& row : disk_->history.value().rows) {
    if (row.record.state->updated_at_us > time_us) return row.record.sequence();
  }
  return std::nullopt;
}

std::vector<tables::AnsweredRequest> FakeHistoryTable::requests(std::int64_t since_us, std::uint64_t count) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  std::map<std::string, tables::AnsweredRequest> last;
  for (const tables::HistoryRecord& row : disk_->history.value().rows) {
    const model::Record& record = row.record;
    if (!record.request_id || record.state->updated_at_us < since_us) continue;
    last[*record.request_id] = {*record.request_id, record.sequence(), record.state->updated_at_us};
  }
  std::vector<tables::AnsweredRequest> found;
  for (auto& [id, request] : last) found.push_back(std::move(request));
  std::ranges::sort(found, {}, &tables::AnsweredRequest::sequence);
  if (found.size() > count) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(count));
  return found;
}

}  // namespace cfp::support
