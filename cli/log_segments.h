#pragma once

// The log as text: segments of JSON lines (docs/formats/log.md), read beside whoever writes them, without a lock.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/timestamp.h"

namespace cfp::cli {

/// The directories of a store that are named by a day, in order.
std::vector<std::filesystem::path> date_directories(const std::filesystem::path& base_dir);

struct LogSegment {
  std::filesystem::path path;
  std::uint64_t first = 0;  ///< Its first sequence.
  std::uint64_t bytes = 0;
};
/// In the order of the log; those that backups cover too, as long as they are there.
std::vector<LogSegment> log_segments(const std::filesystem::path& base_dir);

/// A line of a segment, without its newline.
struct LogLine {
  std::string text;
  std::uint64_t sequence = 0;  ///< 0: a header.
};

/// The lines of a segment as far as they are written. Keeps its file open, so that renaming or removing it is no
/// concern. Threads: one at a time.
class SegmentLines {
 public:
  explicit SegmentLines(const std::filesystem::path& path);
  ~SegmentLines();
  SegmentLines(SegmentLines&& other) noexcept;
  SegmentLines& operator=(SegmentLines&&) = delete;

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  /// nullopt where the next line is not there, or not whole, yet.
  std::optional<LogLine> next();

 private:
  bool fill();

  int descriptor_;
  std::uint64_t offset_ = 0;  ///< Behind what is in the buffer.
  std::string buffer_;
  std::size_t taken_ = 0;
};

/// The records above a sequence in the order of the log, also those that are written meanwhile.
class LogFollower {
 public:
  LogFollower(std::filesystem::path base_dir, std::uint64_t above);
  /// nullopt where no more is written yet.
  std::optional<LogLine> next();
  /// The first sequence that the log has; nullopt where there is no log.
  [[nodiscard]] std::optional<std::uint64_t> first_in_log() const { return first_in_log_; }

 private:
  bool move_on();

  const std::filesystem::path base_dir_;
  std::uint64_t above_;
  std::optional<std::uint64_t> first_in_log_;
  std::deque<SegmentLines> ahead_;
  std::uint64_t last_first_ = 0;  ///< `first` of the last segment that was taken.
};

struct LastRecord {
  std::uint64_t sequence = 0;
  Timestamp updated_at;
};
std::optional<LastRecord> last_record_of(const std::vector<LogSegment>& segments);

}  // namespace cfp::cli
