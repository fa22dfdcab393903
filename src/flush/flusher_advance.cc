// One transaction after the other: records to history, and behind them to latest.

#include <tuple>
#include <unordered_set>

#include "base/at_once.h"
#include "base/failpoint.h"
#include "base/mutant.h"
#include "flush/flusher.h"
#include "flush/version_place.h"
#include "tables/net_changes.h"

namespace cfp::flush {
namespace {

// Bounds the memory of one transaction; a longer queue takes several.
constexpr std::size_t kRecordsPerTransaction = 50'000;

std::vector<tables::VersionedRecord> all_versioned(std::span<const model::Record* const> records) {
  std::vector<tables::VersionedRecord> result;
  result.reserve(records.size());
  for (const model::Record* record : records) result.push_back(versioned(*record));
  return result;
}

/// What `work` failed of; nothing when it did not.
template <class Work>
std::exception_ptr failure_of(const Work& work) {
  try {
    work();
    return nullptr;
  } catch (const std::exception&) {
    return std::current_exception();
  }
}

}  // namespace

Flusher::Records Flusher::records_between(std::uint64_t after, std::uint64_t through) const {
  Records records = unflushed_.after(after, kRecordsPerTransaction);
  while (!records.empty() && records.back()->sequence() > through) records.pop_back();
  return records;
}

/// The next records for history, and those that are in it for latest. A transaction of latest looks through all of its
/// rows, so it waits until it is full or nothing more comes: then the two are made at the same time. False when there
/// is nothing to bring.
bool Flusher::advance_both(std::uint64_t target) {
  const Records next = records_between(history_watermark_, target);
  const Records ready = records_between(latest_watermark_, history_watermark_);
  if (next.empty() && ready.empty()) return false;
  const bool is_full = ready.size() == kRecordsPerTransaction;
  advance(next, next.empty() || is_full ? ready : Records());
  return true;
}

/// Brings `next` to history and `ready` to latest. What failed is looked after once both have ended, by one thread.
void Flusher::advance(const Records& next, const Records& ready) {
  AppendStep step = AppendStep::sync;
  const auto append = [&] { return next.empty() ? nullptr : failure_of([&] { append_to_history(next, step); }); };
  const auto apply = [&] { return ready.empty() ? nullptr : failure_of([&] { apply_to_latest(ready); }); };
  std::exception_ptr append_failure, apply_failure;
  if (next.empty() || ready.empty()) {
    append_failure = append();
    apply_failure = apply();
  } else {
    std::tie(append_failure, apply_failure) = base::at_once(append, apply);
  }
  if (apply_failure) apply_failure = failure_of([&] { look_after_latest(ready, apply_failure); });
  if (append_failure) look_after_history(next, step, append_failure);
  if (apply_failure) std::rethrow_exception(apply_failure);
}

void Flusher::append_to_history(const Records& records, AppendStep& step) {
  const auto begin = clock_.steady_now();
  if (!CFP_MUTANT("flush_before_the_log_is_synced")) calls_.sync_log(records.back()->sequence());
  step = AppendStep::lookup;
  resolve_versions(records);
  CFP_FAILPOINT("flush.before_append");
  step = AppendStep::append;
  tables_.with_history([&](tables::HistoryTable& table) { table.append(all_versioned(records)); });
  history_watermark_ = records.back()->sequence();
  if (CFP_MUTANT("forget_before_latest_has_it"))
    for (const model::Record* record : records) calls_.forget({record, 1});
  times_.add(clock_.steady_now() - begin);
  CFP_FAILPOINT("flush.after_append");
}

void Flusher::resolve_versions(const Records& records) {
  std::vector<tables::ItemName> names;
  std::vector<model::SharedVersionBase*> bases;
  std::unordered_set<const model::SharedVersionBase*> seen;
  for (const model::Record* record : records) {
    model::SharedVersionBase* base = record->link.base.get();
    if (base == nullptr || base->get() || !seen.insert(base).second) continue;
    bases.push_back(base);
    names.push_back(
        {record->key(), record->collection_name(), record->state->item_name(), record->key_hash, record->item_hash});
  }
  if (names.empty()) return;
  const auto found = tables_.with_latest([&](tables::LatestTable& table) { return table.version_bases(names); });
  for (std::size_t i = 0; i < bases.size(); ++i) bases[i]->resolve(found[i]);
}

void Flusher::apply_to_latest(const Records& records) {
  const std::uint64_t watermark = records.back()->sequence();
  CFP_FAILPOINT("flush.before_apply");
  const auto changes = tables::net_changes(all_versioned(records));
  tables_.with_latest([&](tables::LatestTable& table) { table.apply(changes, watermark); });
  latest_watermark_ = watermark;
  CFP_FAILPOINT("flush.after_apply");
}

}  // namespace cfp::flush
