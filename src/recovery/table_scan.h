#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "os/clock.h"

namespace cfp::recovery {

/// Reads tables to their last column beside a running store, a slice at a time: a file that was closed is opened by
/// counting its rows, and only reading finds a damaged block in it.
/// Threads: one at a time (the background step's).
/// Failure: a table that cannot be read at the moment (it is being replaced, there is no memory) is tried again later.
class TableScan {
 public:
  struct Table {
    std::string file;                                                   ///< For whoever hears of damage.
    std::function<std::uint64_t()> row_bound;                           ///< As HistoryTable's.
    std::function<bool(std::uint64_t from, std::uint64_t count)> scan;  ///< As HistoryTable's.
  };
  using OnDamage = std::function<void(const std::string& file)>;

  TableScan(std::vector<Table> tables, os::Clock& clock, OnDamage on_damage);

  /// One slice. Returns how long to rest: nine times as long as it took, so that the scan takes a tenth of a processor
  /// at most; for ever once everything was read, or the first damage found.
  std::chrono::milliseconds step() noexcept;
  [[nodiscard]] bool is_done() const noexcept { return at_ == tables_.size(); }

 private:
  void read_slice();

  const std::vector<Table> tables_;
  os::Clock& clock_;
  const OnDamage on_damage_;
  std::size_t at_ = 0;
  std::uint64_t next_row_ = 0;
  std::uint64_t bound_ = 0;
  std::uint64_t slice_rows_;
};

}  // namespace cfp::recovery
