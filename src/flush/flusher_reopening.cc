// Tables that were closed by a failure are opened again: DuckDB gives a whole instance up after some errors.

#include <algorithm>

#include "cfp/error.h"
#include "flush/flusher.h"

namespace cfp::flush {

void Flusher::ensure_open() {
  if (!tables_.has_history()) {
    tables_.replace_history(calls_.open_history);
    history_watermark_ = tables_.with_history([](auto& table) { return table.meta().watermark; });
  }
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

void Flusher::reopen_latest() {
  tables_.replace_latest(calls_.open_latest);
  latest_watermark_ = tables_.with_latest([](auto& table) { return table.meta().watermark; });
  ensure_open();
}

/// Work that failed may have left a table closed or given up, and readers need both now.
void Flusher::reopen_both() noexcept {
  try {
    tables_.replace_history(calls_.open_history);
    history_watermark_ = tables_.with_history([](auto& table) { return table.meta().watermark; });
    reopen_latest();
  } catch (const std::exception& error) {
    note_failure(error.what());
    const std::lock_guard lock(task_mutex_);
    if (task_) task_->wake();  // the step tries again
  }
}

}  // namespace cfp::flush
