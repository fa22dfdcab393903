#include "wal/segment_reader.h"

#include <utility>

namespace cfp::wal {
namespace {

constexpr std::uint64_t kHeaderRead = 4096;  // a header is some 200 bytes

}  // namespace

SegmentReader::SegmentReader(std::string bytes, Reading reading) : bytes_(std::move(bytes)), reading_(reading) {
  const std::size_t last = bytes_.find_last_not_of('\0');
  text_size_ = last == std::string::npos ? 0 : last + 1;
}

SegmentReader::Step SegmentReader::next() {
  begin_ = end_;
  if (begin_ >= text_size_) return Step::end;
  const std::string_view rest = std::string_view(bytes_).substr(begin_, text_size_ - begin_);
  const std::size_t newline = rest.find('\n');
  const std::string_view text = rest.substr(0, newline);
  end_ = begin_ + text.size() + (newline == std::string_view::npos ? 0 : 1);
  // Without its newline even a whole line is torn: the writer never acknowledged it.
  line_ = newline == std::string_view::npos ? std::nullopt : parse_line(text, reading_);
  return line_ ? Step::line : Step::bad;
}

std::optional<Line> read_header(os::File& file) {
  SegmentReader reader(file.read(0, kHeaderRead));
  if (reader.next() != SegmentReader::Step::line || !reader.line().header) return std::nullopt;
  return std::move(reader.line());
}

std::string read_all(os::File& file, std::string buffer) { return file.read(0, file.size(), std::move(buffer)); }

}  // namespace cfp::wal
