#pragma once

// Lines of damaged or foreign segments, written anew: the text of each record stays byte for byte what it was, and only
// what ties a line to its neighbours (`synced`, `prev`, `crc`) is made again. A jump in the sequences is legal only
// where the first line of a segment declares it; so what is good behind a hole becomes a segment of its own.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wal/line.h"

namespace cfp::wal {

/// Good lines of a segment that follow one another without a gap, whole batches only.
struct LineRun {
  struct Span {
    std::uint64_t begin = 0, end = 0;  ///< Bytes of the line, with its newline.
    std::uint64_t sequence = 0;
  };
  std::vector<Span> lines;         ///< At least one.
  std::uint32_t previous_crc = 0;  ///< That the first line names.
  bool is_behind_header = false;   ///< The first line is the one that the segment's header announces.
};

/// What is left of a segment.
struct SegmentRemains {
  std::optional<Line> header;
  std::vector<LineRun> runs;
  std::uint64_t highest_sequence = 0;  ///< In any good line.
  std::uint64_t highest_synced = 0;
  std::uint64_t records = 0;     ///< Good lines of records, dropped ones included.
  std::uint64_t lost_bytes = 0;  ///< Of what is no good line, and of batches that lost a part.
};

/// Drops what repeats a sequence of an earlier line.
SegmentRemains read_remains(const std::string& bytes);

/// One new segment, made in memory.
class SegmentText {
 public:
  /// `previous_crc`: of the line before the segment.
  SegmentText(SegmentHeader header, std::uint32_t previous_crc);
  /// A line as some log has it, with or without its newline; it must be good by itself and no header.
  void add(std::string_view line);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::uint32_t last_crc() const noexcept { return crc_; }
  [[nodiscard]] const SegmentHeader& header() const noexcept { return header_; }

 private:
  const SegmentHeader header_;
  std::uint32_t crc_;
  std::string text_;
};

/// The run as a segment with the given header; `previous_crc` is of the line before it.
SegmentText rewrite_run(const std::string& bytes, const LineRun& run, const SegmentHeader& header,
                        std::uint32_t previous_crc);

}  // namespace cfp::wal
