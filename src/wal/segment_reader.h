#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/file_system.h"
#include "wal/line.h"

namespace cfp::wal {

/// What stands at a place of a segment.
struct LinePlace {
  enum class Step {
    line,  ///< `line` is good by itself.
    bad,   ///< Bytes up to the next newline, or the end, are no good line; they are skipped.
    end,   ///< Nothing but zero bytes, or nothing at all, follows.
  };
  Step step = Step::end;
  std::uint64_t begin = 0, end = 0;  ///< Where its bytes begin and end.
  std::optional<Line> line = std::nullopt;
};

/// Reads what stands at `begin` of `text`, which is a segment's without the zero bytes at its end.
LinePlace read_place(std::string_view text, std::uint64_t begin, Reading reading);
/// Length of a segment's bytes without the zero bytes at their end.
std::uint64_t text_size(std::string_view bytes) noexcept;

/// Walks the lines of one segment's bytes. It judges lines one by one; what they mean together is recovery's concern.
/// Threads: one at a time.
class SegmentReader {
 public:
  explicit SegmentReader(std::string bytes, Reading reading = Reading::whole);

  using Step = LinePlace::Step;
  Step next();

  [[nodiscard]] Line& line() noexcept { return *place_.line; }
  /// Where the last step's bytes begin, and where they end.
  [[nodiscard]] std::uint64_t begin_offset() const noexcept { return place_.begin; }
  [[nodiscard]] std::uint64_t end_offset() const noexcept { return place_.end; }
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  /// The walk ends there.
  [[nodiscard]] std::string take_bytes() && noexcept { return std::move(bytes_); }
  /// Length without the zero bytes at the end.
  [[nodiscard]] std::uint64_t text_size() const noexcept { return text_size_; }

 private:
  std::string bytes_;
  Reading reading_;
  std::uint64_t text_size_;
  LinePlace place_;
};

/// The first line of a segment, when it is a good header. Reads no more than that.
std::optional<Line> read_header(os::File& file);

/// All of a file, in the memory of `buffer`.
std::string read_all(os::File& file, std::string buffer = {});

}  // namespace cfp::wal
