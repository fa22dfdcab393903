#include "wal/segment_reader.h"

#include <utility>

namespace cfp::wal {
namespace {

constexpr std::uint64_t kHeaderRead = 4096;  // a header is some 200 bytes

}  // namespace

std::uint64_t text_size(std::string_view bytes) noexcept {
  const std::size_t last = bytes.find_last_not_of('\0');
  return last == std::string_view::npos ? 0 : last + 1;
}

LinePlace read_place(std::string_view text, std::uint64_t begin, Reading reading) {
  LinePlace place;
  place.begin = place.end = begin;
  if (begin >= text.size()) return place;
  const std::size_t newline = text.find('\n', begin);
  const bool is_whole = newline != std::string_view::npos;
  const std::string_view line = text.substr(begin, is_whole ? newline - begin : newline);
  place.end = begin + line.size() + (is_whole ? 1 : 0);
  // Without its newline even a whole line is torn: the writer never acknowledged it.
  if (is_whole) place.line = parse_line(line, reading);
  place.step = place.line ? LinePlace::Step::line : LinePlace::Step::bad;
  return place;
}

SegmentReader::SegmentReader(std::string bytes, Reading reading)
    : bytes_(std::move(bytes)), reading_(reading), text_size_(wal::text_size(bytes_)) {}

SegmentReader::Step SegmentReader::next() {
  place_ = read_place(std::string_view(bytes_).substr(0, text_size_), place_.end, reading_);
  return place_.step;
}

std::optional<Line> read_header(os::File& file) {
  SegmentReader reader(file.read(0, kHeaderRead));
  if (reader.next() != SegmentReader::Step::line || !reader.line().header) return std::nullopt;
  return std::move(reader.line());
}

std::string read_all(os::File& file, std::string buffer) { return file.read(0, file.size(), std::move(buffer)); }

}  // namespace cfp::wal
