#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "os/background.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "recovery/log_inventory.h"
#include "recovery/table_scan.h"

namespace cfp::engine {

/// What is known of damage in the two table files of a running store, and the background scan that looks for it.
/// Threads: any; the scan is started and stopped by one.
class TableHealth {
 public:
  TableHealth(os::Directory& base, recovery::Report report) : base_(base), report_(std::move(report)) {}

  /// Marks the file for the next open, which heals it, and says so; once for each.
  void note_damage(std::string_view file);
  [[nodiscard]] std::uint64_t damaged_files() const noexcept {
    return (history_is_damaged_ ? 1U : 0U) + (latest_is_damaged_ ? 1U : 0U);
  }
  /// Reads the tables beside everything else. All that it is handed must live until `stop_scan`.
  void start_scan(std::vector<recovery::TableScan::Table> tables, os::Clock& clock, os::Background& background);
  void stop_scan() { scan_task_.reset(); }

 private:
  os::Directory& base_;
  const recovery::Report report_;
  std::atomic<bool> history_is_damaged_{false}, latest_is_damaged_{false};
  std::unique_ptr<recovery::TableScan> scan_;
  std::unique_ptr<os::BackgroundTask> scan_task_;  // after what its step uses
};

}  // namespace cfp::engine
