#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "os/background.h"
#include "wal/segment_reader.h"

namespace cfp::wal {

/// Walks a segment like a SegmentReader, while a background task parses what comes next. Who finds the next lines not
/// parsed yet parses too, so both are busy; what it gives does not depend on whether the task ever runs.
/// Threads: one at a time, beside its own task.
class ReadAhead {
 public:
  using Step = LinePlace::Step;

  /// Without a background nothing is parsed ahead.
  ReadAhead(std::string bytes, os::Background* background, Reading reading = Reading::whole);

  Step next();
  /// As SegmentReader says of its last step.
  [[nodiscard]] Line& line() noexcept { return *lines_[position_ - 1].line; }
  [[nodiscard]] std::uint64_t begin_offset() const noexcept { return begin_; }
  [[nodiscard]] std::uint64_t end_offset() const noexcept { return end_; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  /// Ends the walk.
  [[nodiscard]] std::string take_bytes() && noexcept;

 private:
  /// Some whole lines, to be parsed by whoever comes first.
  struct Chunk {
    std::uint64_t begin = 0, end = 0;
    enum class State { waits, in_work, is_ready } state = State::waits;
    std::vector<LinePlace> lines;
  };

  bool take();
  void fill() noexcept;
  // With the mutex, which the last one lets go for the work itself.
  void cut();
  Chunk* first_that_waits() noexcept;
  void parse(Chunk& chunk, std::unique_lock<std::mutex>& lock) noexcept;

  std::string bytes_;
  const std::string_view text_;  // of bytes_
  const Reading reading_;
  std::vector<LinePlace> lines_;  // which the caller walks
  std::size_t position_ = 0;
  std::uint64_t begin_ = 0, end_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t cut_ = 0;                     // the text up to here is in chunks
  std::deque<Chunk> chunks_;                  // in order
  std::exception_ptr failure_;                // lines were lost on the way, so the walk cannot go on
  std::unique_ptr<os::BackgroundTask> task_;  // last: its destructor waits for a running step
};

}  // namespace cfp::wal
