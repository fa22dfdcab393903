// Tables that were closed by a failure are opened again: DuckDB gives a whole instance up after some errors.

#include <algorithm>

#include "cfp/error.h"
#include "flush/flusher.h"

namespace cfp::flush {

void Flusher::ensure_open() {
  if (!tables_.has_history()) reopen_history();
  if (!tables_.has_latest()) {
    tables_.replace_latest(calls_.open_latest);
    latest_watermark_ = tables_.with_latest([](auto& table) { return table.meta().watermark; });
  }
  // A table that came back older than what memory still has cannot be continued here: rows would be missing under a
  // higher watermark. The log has them all.
  if (std::min(history_watermark_.load(), latest_watermark_.load()) < unflushed_.trimmed_through()) {
    throw CollectionFastPersistError(ErrorCode::failed,
                                     "A table lost records that it had committed. Nothing acknowledged is lost: close "
                                     "the store and open it again, which replays them from the log.");
  }
}

/// Rows and watermark are in one transaction, so the watermark knows what became of it.
void Flusher::look_after_history(const Records& records, AppendStep step, const std::exception_ptr& failure) {
  if (step == AppendStep::lookup) reopen_latest();
  if (step == AppendStep::append) {
    reopen_history();
    ensure_open();
    if (history_watermark_ >= records.back()->sequence()) return;
  }
  std::rethrow_exception(failure);
}

void Flusher::look_after_latest(const Records& records, const std::exception_ptr& failure) {
  reopen_latest();
  if (latest_watermark_ < records.back()->sequence()) std::rethrow_exception(failure);
}

void Flusher::reopen_history() {
  tables_.replace_history(calls_.open_history);
  history_watermark_ = tables_.with_history([](auto& table) { return table.meta().watermark; });
}

void Flusher::reopen_latest() {
  tables_.replace_latest(calls_.open_latest);
  latest_watermark_ = tables_.with_latest([](auto& table) { return table.meta().watermark; });
  ensure_open();
}

/// Work that failed may have left a table closed or given up, and readers need both now.
void Flusher::reopen_locked() noexcept {
  try {
    reopen_history();
    reopen_latest();
  } catch (const std::exception& error) {
    note_failure(error.what());
    const std::lock_guard lock(task_mutex_);
    if (task_) task_->wake();  // the step tries again
  }
}

}  // namespace cfp::flush
