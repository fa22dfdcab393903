#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cfp/config.h"
#include "os/file_system.h"
#include "wal/line.h"

namespace cfp::recovery {

/// Where messages about what recovery found go.
using Report = std::function<void(LogLevel, const std::string&)>;
/// The Report of a trial, which nobody needs to hear of.
inline void drop_message(LogLevel, const std::string&) {}

/// One segment: live, or kept (`.covered`, `.archived`) although a backup has what it holds.
struct SegmentFile {
  os::Directory* directory = nullptr;
  std::string name;
  std::uint64_t number = 0;
  std::uint64_t size = 0;
  wal::Line header;  ///< Its `header` is set, except for segments in `headless`.
  bool live = true;  ///< Kept ones are read where a table needs them, and never changed.

  /// "2025-12-24/wal_000001.jsonl", for messages.
  [[nodiscard]] std::string path() const;
};

/// All files of the log, in all date directories. Changes nothing but leftovers of ours (`.new`, `.tmp`), which it
/// removes unless it is told to keep them.
struct LogInventory {
  std::vector<std::unique_ptr<os::Directory>> directories;
  std::vector<SegmentFile> segments;   ///< With a good header, in the order of their sequences; kept ones too.
  std::vector<SegmentFile> headless;   ///< Live by name, not empty, and without a good header.
  std::vector<SegmentFile> reference;  ///< Written by the reference implementation, by directory and number.
  std::uint64_t highest_set_aside_sequence = 0;  ///< In lines of files that were set aside.
  std::uint64_t log_bytes = 0;                   ///< Of live segments.
  std::uint64_t set_aside_bytes = 0;
  std::uint64_t files = 0;  ///< Live segments, empty ones included.
};

enum class Leftovers { remove, keep };

LogInventory take_inventory(os::Directory& base, const Report& report, Leftovers leftovers = Leftovers::remove);

/// Counts files, log bytes and set-aside bytes anew: replay sets tails aside and cuts preallocated space off.
void measure_log(LogInventory& inventory);

/// Takes the segments of other stores out of the inventory, and reports them. The files are left alone.
void leave_other_stores(LogInventory& inventory, const std::string& store_id, const Report& report);

/// Above every number in the directory, whatever the suffix.
std::uint64_t next_segment_number(os::Directory& date_directory);

}  // namespace cfp::recovery
