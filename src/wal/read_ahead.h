#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "os/background.h"
#include "wal/segment_reader.h"

namespace cfp::wal {

/// Walks a segment like a SegmentReader, while a background task parses the lines that come next. What it gives does
/// not depend on whether the task ever runs: who finds nothing parsed parses for himself.
/// Threads: one at a time, beside its own task.
class ReadAhead {
 public:
  using Step = SegmentReader::Step;

  /// Without a background nothing is parsed ahead.
  ReadAhead(std::string bytes, os::Background* background, Reading reading = Reading::whole);

  Step next();
  /// As SegmentReader says of its last step.
  [[nodiscard]] Line& line() noexcept { return *chunk_[position_ - 1].line; }
  [[nodiscard]] std::uint64_t begin_offset() const noexcept { return begin_; }
  [[nodiscard]] std::uint64_t end_offset() const noexcept { return end_; }
  [[nodiscard]] const std::string& bytes() const noexcept { return reader_.bytes(); }
  /// Ends the walk.
  [[nodiscard]] std::string take_bytes() && noexcept;

 private:
  struct Parsed {
    Step step = Step::end;
    std::uint64_t begin = 0, end = 0;
    std::optional<Line> line = std::nullopt;
  };
  using Chunk = std::vector<Parsed>;

  /// The next lines; the last chunk ends with Step::end. One at a time: whoever set `is_parsing_`.
  Chunk parse();
  Chunk take();
  void fill() noexcept;
  void fail() noexcept;  // with the mutex

  Chunk chunk_;  // which the caller walks
  std::size_t position_ = 0;
  std::uint64_t begin_ = 0, end_ = 0;
  SegmentReader reader_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_parsing_ = false;
  bool is_at_end_ = false;
  std::deque<Chunk> ready_;
  std::exception_ptr failure_;                // of the task: lines were lost on the way, so the walk cannot go on
  std::unique_ptr<os::BackgroundTask> task_;  // last: its destructor waits for a running step
};

}  // namespace cfp::wal
