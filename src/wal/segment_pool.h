#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "os/background.h"
#include "os/file_system.h"

namespace cfp::wal {

/// Keeps one empty, preallocated segment ready under the name `wal_NNNNNN.jsonl.new`, so that a rotation costs a
/// rename instead of an allocation. A file it could not make is simply not there: `take` then makes one, or throws.
/// Threads: `take` by the leader; the making runs as a background task.
class SegmentPool {
 public:
  struct Segment {
    std::unique_ptr<os::File> file;
    std::uint64_t number = 0;
  };

  SegmentPool(os::Directory& directory, os::Background& background, std::uint64_t segment_bytes,
              std::uint64_t first_number);
  ~SegmentPool() { close(); }
  SegmentPool(const SegmentPool&) = delete;
  SegmentPool& operator=(const SegmentPool&) = delete;

  /// The next segment under its final name, all zero; the directory is synced. Throws std::system_error.
  /// `next_is_filled`: in the one behind it the zeros are to be written (File::fill_with_zeros), which makes the syncs
  /// of who writes through cheaper, and is worth it for who has filled a segment.
  Segment take(bool next_is_filled = false);
  /// Removes the segment kept ready. No `take` may follow.
  void close() noexcept;

 private:
  std::unique_ptr<os::File> make(std::uint64_t number, bool filled);
  void prepare() noexcept;
  void remove_quietly(std::uint64_t number, std::string_view suffix) noexcept;

  os::Directory& directory_;
  const std::uint64_t segment_bytes_;
  std::mutex mutex_;  // held while a file is made: a rotation that comes too early waits for it
  std::uint64_t next_number_;
  bool next_is_filled_ = false;
  std::unique_ptr<os::File> ready_;
  std::unique_ptr<os::BackgroundTask> task_;  // last: its destructor waits for a running `prepare`
};

}  // namespace cfp::wal
