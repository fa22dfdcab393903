#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "base/recent_times.h"
#include "model/record.h"
#include "os/clock.h"
#include "os/file_system.h"
#include "wal/segment_pool.h"

namespace cfp::wal {

/// Where the log goes on: what recovery found.
struct LogPosition {
  std::uint64_t last_sequence = 0;  ///< Of the last record in the log.
  std::uint64_t next_sequence = 1;  ///< Above everything seen anywhere.
  std::uint32_t last_crc = 0;       ///< Of the last line in the log.
  std::int64_t last_updated_at_us = 0;
  std::uint64_t next_segment = 1;
};

/// Records that one caller wants written together, and the text made of them beforehand.
struct LineBatch {
  std::span<model::Record> records;
  std::span<const std::string> line_starts;
  bool atomic = false;  ///< All or nothing through any crash.
};

/// Numbers records, writes a group of them and syncs once.
/// Threads: one at a time (the leader's); `Numbers` from any thread.
/// Durability: when a `write` that syncs returns, the group is on disk, and all before it. Without a sync it is in the
/// file, which outlives the process; a new segment begins once the one before it is synced.
/// Failure: `write` throws CollectionFastPersistError. With code `disk_full` or `io` the group is certainly not stored,
/// its numbers are given back, and the next write may succeed. With code `failed` the outcome is unknown and every
/// later write throws `failed` with the first cause: a failed sync is never tried again, since the kernel may have
/// marked the lost pages clean (Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020).
class SegmentWriter {
 public:
  struct Numbers {
    std::uint64_t last_sequence;
    std::uint64_t synced_sequence;  ///< Everything through this one is on disk.
    std::uint64_t segment;
    std::uint64_t segment_bytes;
    std::uint64_t segment_records;
    std::uint64_t segments_made;
    std::uint64_t bytes_written;
  };

  SegmentWriter(os::Directory& directory, os::Background& background, os::Clock& clock, std::string store_id,
                std::uint64_t max_segment_bytes, const LogPosition& start);

  /// No batch may be empty. Without any it writes nothing, and throws when a sync has failed before. `syncs`: whether
  /// everything written is to be on disk then.
  void write(std::span<const LineBatch> group, bool syncs = true);
  /// Cuts the zero bytes off the active segment and removes the one kept ready. No write may follow.
  void close() noexcept;

  /// Whether a sync failed, so that what the active segment holds is known after the next open only. Not beside
  /// `write`.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] Numbers numbers() const noexcept;
  [[nodiscard]] const base::RecentTimes& sync_times() const noexcept { return sync_times_; }

 private:
  struct Tip {  // what a failed write puts back
    std::uint64_t last_sequence;
    std::uint64_t next_sequence;
    std::uint32_t crc;
    std::int64_t updated_at_us;
  };

  void append(std::span<const LineBatch> group, bool syncs);
  void seal() noexcept;
  void rotate_if_full();
  void number(std::span<const LineBatch> group);
  void format(std::span<const LineBatch> group);
  void sync();
  void take_back(const std::error_code& cause);
  [[noreturn]] void latch(const std::error_code& cause, const std::string& then = "");
  [[noreturn]] void refuse() const;

  os::Clock& clock_;
  const std::string store_id_;
  const std::uint64_t max_segment_bytes_;
  SegmentPool pool_;
  SegmentPool::Segment active_;
  Tip tip_;
  std::atomic<std::uint64_t> synced_sequence_;
  std::uint64_t used_ = 0;         // bytes of good lines in the active segment
  bool is_written_ahead_ = false;  // of its syncs, some time: then the system's cache has it all
  std::string buffer_;             // text of the group being written
  bool failed_ = false;            // latched; first, since its cause takes memory
  std::string failure_;            // that cause
  base::RecentTimes sync_times_;
  std::atomic<std::uint64_t> seen_last_{0}, seen_segment_{0}, seen_bytes_{0}, seen_records_{0}, made_{0}, written_{0};
};

}  // namespace cfp::wal
