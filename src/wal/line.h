#pragma once

// One line of the log (docs/formats/log.md). A caller's thread writes the first part, which is most of the work; the
// leader of the group adds what only it knows: number, time, chain and checksum.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace cfp::wal {

/// What ties a line to those before it.
struct Chain {
  std::uint64_t synced = 0;        ///< Highest sequence known durable when the line is written.
  std::uint32_t previous_crc = 0;  ///< CRC of the line before.
};

/// First line of each segment.
struct SegmentHeader {
  int format = 1;
  std::string store_id;
  std::uint64_t segment = 0;
  std::uint64_t after = 0;  ///< Last sequence of the log before this segment.
  std::uint64_t first = 0;  ///< First sequence in it; above after + 1 where numbers were given up.
};

/// `{"key":...,"timestamp":...`: what the record says by itself.
std::string encode_line_start(const model::Record& record);

/// Appends a whole line to `out`: the start, the number and time in record.state, the chain, the CRC, a newline.
/// `updated_at` is the ISO text of state->updated_at_us. Returns the line's CRC.
std::uint32_t append_line(std::string& out, std::string_view line_start, const model::Record& record,
                          std::string_view updated_at, const Chain& chain);
/// Appends a line of which everything before the chain is there already.
std::uint32_t append_line_again(std::string& out, std::string_view record_text, const Chain& chain);
std::uint32_t append_header(std::string& out, const SegmentHeader& header, const Chain& chain);

/// A line that is good by itself: its CRC fits and all fields are there.
struct Line {
  Chain chain;
  std::uint32_t crc = 0;
  std::optional<SegmentHeader> header;  ///< Either this
  model::Record record;                 ///< or this; its projection is empty but for the username.
};

/// How much of a line is read.
enum class Reading {
  whole,
  place,  ///< Of a record only its number, time and batch: where it stands, not what it says.
};

/// Reads one line without its newline; nullopt when it is not good by itself. Never throws for its content.
std::optional<Line> parse_line(std::string_view text, Reading reading = Reading::whole);

/// Whether the CRC at the end of `text` fits, without reading the fields.
bool has_valid_crc(std::string_view text) noexcept;

/// A line as the reference implementation writes them: no sequence, no CRC. nullopt when it is none.
std::optional<model::Record> parse_reference_line(std::string_view text);

}  // namespace cfp::wal
