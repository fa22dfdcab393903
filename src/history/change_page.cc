#include "history/change_page.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/mutant.h"
#include "flush/version_place.h"
#include "history/pinned_past.h"

namespace cfp::history {
namespace {

/// Builds one page. A pin holds what it looks at where it is.
class PageReader {
 public:
  PageReader(const PastSources& sources, const WatchOptions& options)
      : sources_(sources), options_(options), past_(sources) {}

  ChangePage read(std::uint64_t after, std::uint64_t last) {
    if (after < past_.floor()) {
      page_.through = past_.with_table([&](tables::ItemPast& table) {
        return table.read_next(after, past_.floor(),
                               [&](tables::HistoryRecord&& row) { rows_.push_back(std::move(row)); });
      });
      for (const tables::HistoryRecord& row : rows_) {
        records_.push_back({&row.record, row.version, row.previous_sequence});
      }
    } else {
      read_memory(after, last);
    }
    if (options_.with_old) find_old();
    tell(after + 1);
    return std::move(page_);
  }

 private:
  [[nodiscard]] bool is_wanted(const model::Record& record) const { return record.key().starts_with(options_.prefix); }

  void read_memory(std::uint64_t after, std::uint64_t last) {
    std::vector<const model::Record*> found = sources_.unflushed.after(after, kPageRecords);
    std::erase_if(found, [=](const model::Record* record) { return record->sequence() > last; });
    page_.through = found.empty() ? after : found.back()->sequence();
    learn_versions(found);
    for (const model::Record* record : found) {
      records_.push_back(is_wanted(*record) ? flush::versioned(*record) : tables::VersionedRecord{record, 0, 0});
    }
  }

  /// Of items that are neither loaded nor flushed yet, by one look-up. Where a flush was faster, it is the one that
  /// counts; and latest cannot have a record whose base nobody knows.
  void learn_versions(const std::vector<const model::Record*>& records) const {
    std::vector<tables::ItemName> names;
    std::vector<model::SharedVersionBase*> bases;
    std::unordered_set<const model::SharedVersionBase*> seen;
    for (const model::Record* record : records) {
      model::SharedVersionBase* const base = record->link.base.get();
      if (base == nullptr || !is_wanted(*record) || base->get() || !seen.insert(base).second) continue;
      bases.push_back(base);
      names.push_back(
          {record->key(), record->collection_name(), record->state->item_name(), record->key_hash, record->item_hash});
    }
    if (names.empty()) return;
    const auto found =
        sources_.tables.with_latest([&](tables::LatestTable& table) { return table.version_bases(names); });
    for (std::size_t i = 0; i < bases.size(); ++i) bases[i]->resolve(found[i]);
  }

  /// In the page itself, in memory, and the rest in the table at once.
  void find_old() {
    std::vector<const model::Record*> unflushed;
    std::vector<std::uint64_t> flushed;
    for (const tables::VersionedRecord& at : records_) {
      if (at.previous_sequence == 0 || !is_wanted(*at.record)) continue;
      if (at.previous_sequence <= past_.floor()) {
        flushed.push_back(at.previous_sequence);
      } else if (const model::Record* const record = sources_.unflushed.find(at.previous_sequence)) {
        unflushed.push_back(record);
      }
    }
    learn_versions(unflushed);
    for (const model::Record* record : unflushed) add_old(flush::versioned(*record));
    for (const tables::HistoryRecord& row : rows_) add_old({&row.record, row.version, row.previous_sequence});
    std::erase_if(flushed, [this](std::uint64_t sequence) { return old_.contains(sequence); });
    if (flushed.empty()) return;
    std::ranges::sort(flushed);
    const auto found = past_.with_table([&](tables::ItemPast& table) { return table.rows(flushed); });
    for (const tables::HistoryRecord& row : found) add_old({&row.record, row.version, row.previous_sequence});
  }

  void add_old(const tables::VersionedRecord& at) {
    old_.emplace(at.record->sequence(), version_of(*at.record, at.version));
  }

  [[nodiscard]] std::optional<ItemVersion> old_of(const tables::VersionedRecord& at) const {
    const auto found = old_.find(at.previous_sequence);
    return found == old_.end() ? std::nullopt : std::optional(found->second);
  }

  /// Sequences have no holes but those that are told of.
  void tell(std::uint64_t next) {
    const auto pass_to = [&](std::uint64_t sequence) {
      if (next < sequence && !CFP_MUTANT("watch_hides_a_gap")) {
        page_.events.emplace_back(SequenceGap{next, sequence - 1});
      }
      next = sequence + 1;
    };
    for (const tables::VersionedRecord& at : records_) {
      pass_to(at.record->sequence());
      if (!is_wanted(*at.record)) continue;
      page_.events.emplace_back(Change{std::string(at.record->key()), std::string(at.record->collection_name()),
                                       version_of(*at.record, at.version),
                                       options_.with_old ? old_of(at) : std::nullopt});
    }
    pass_to(page_.through + 1);
  }

  const PastSources& sources_;
  const WatchOptions& options_;
  const PinnedPast past_;
  std::vector<tables::HistoryRecord> rows_;  // of the table
  std::vector<tables::VersionedRecord> records_;
  std::unordered_map<std::uint64_t, ItemVersion> old_;  // by sequence
  ChangePage page_;
};

}  // namespace

ChangePage read_page(const PastSources& sources, const WatchOptions& options, std::uint64_t after, std::uint64_t last) {
  return PageReader(sources, options).read(after, last);
}

}  // namespace cfp::history
