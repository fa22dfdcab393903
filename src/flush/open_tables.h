#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>

#include "cfp/error.h"
#include "tables/tables.h"

namespace cfp::flush {

/// The two open tables, and who may use them when: readers share them, the flusher replaces them (after an error whose
/// outcome is unknown, or at close) while no reader is inside.
/// Threads: any.
class OpenTables {
 public:
  /// Calls `use(table)` while the table cannot be replaced. Throws `closed` or what the last opening failed of.
  template <class Use>
  auto with_history(Use use) {
    const std::shared_lock lock(mutex_);
    if (!history_) throw unavailable();
    return use(*history_);
  }
  template <class Use>
  auto with_latest(Use use) {
    const std::shared_lock lock(mutex_);
    if (!latest_) throw unavailable();
    return use(*latest_);
  }

  using OpenHistory = std::function<std::unique_ptr<tables::HistoryTable>()>;
  using OpenLatest = std::function<std::unique_ptr<tables::LatestTable>()>;
  /// Closes the table (when it is open), then opens it by `open`. When that throws, the table stays closed. Throws
  /// `closed` after `close`.
  void replace_history(const OpenHistory& open) { replace(history_, open); }
  void replace_latest(const OpenLatest& open) { replace(latest_, open); }
  /// As replace_history, but `change` is handed the open table.
  void change_history(
      const std::function<std::unique_ptr<tables::HistoryTable>(std::unique_ptr<tables::HistoryTable>)>& change) {
    const std::unique_lock lock(mutex_);
    if (!history_) throw unavailable();
    history_ = change(std::move(history_));
  }
  /// Closes latest, and opens what `make` makes of history.
  void change_latest(const std::function<std::unique_ptr<tables::LatestTable>(tables::HistoryTable&)>& make) {
    const std::unique_lock lock(mutex_);
    if (!history_) throw unavailable();
    latest_.reset();
    latest_ = make(*history_);
  }
  void close() {
    const std::unique_lock lock(mutex_);
    closed_ = true;
    history_.reset();
    latest_.reset();
  }
  [[nodiscard]] bool has_history() const {
    const std::shared_lock lock(mutex_);
    return history_ != nullptr;
  }
  [[nodiscard]] bool has_latest() const {
    const std::shared_lock lock(mutex_);
    return latest_ != nullptr;
  }

 private:
  template <class Table, class Open>
  void replace(std::unique_ptr<Table>& table, const Open& open) {
    const std::unique_lock lock(mutex_);
    if (closed_) throw unavailable();  // a call that waited for the close must not open the files behind it
    table.reset();
    try {
      table = open();
    } catch (const std::exception& error) {
      reason_ = error.what();
      throw;
    }
  }
  [[nodiscard]] CollectionFastPersistError unavailable() const {
    if (closed_) return {ErrorCode::closed, "The store is closed; open it again."};
    return {ErrorCode::io, "The tables cannot be read at the moment: " + reason_};
  }

  mutable std::shared_mutex mutex_;
  std::unique_ptr<tables::HistoryTable> history_;
  std::unique_ptr<tables::LatestTable> latest_;
  std::string reason_ = "not opened yet";
  bool closed_ = false;
};

}  // namespace cfp::flush
