#include "log_segments.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "cfp/data.h"

namespace cfp::cli {
namespace {

constexpr std::size_t kReadBytes = 1 << 20;

bool is_segment(const std::string& name) {
  if (!name.starts_with("wal_")) return false;
  const std::size_t end = name.find(".jsonl");
  if (end == std::string::npos || name.find_first_not_of("0123456789", 4) != end) return false;
  const std::string suffix = name.substr(end + 6);
  return suffix.empty() || suffix == ".covered" || suffix == ".archived";
}

std::optional<std::uint64_t> number_behind(std::string_view text, std::size_t at) {
  std::uint64_t number = 0;
  if (std::from_chars(text.data() + at, text.data() + text.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

/// Of a record's line. Texts have their quotes escaped, and `data` stands before it, so the last one is the record's.
std::uint64_t sequence_of(std::string_view line) {
  static constexpr std::string_view kField = ",\"sequence\":";
  const std::size_t at = line.rfind(kField);
  if (at == std::string_view::npos) return 0;
  return number_behind(line, at + kField.size()).value_or(0);
}

std::uint64_t first_of(const std::filesystem::path& path) {
  static constexpr std::string_view kField = ",\"first\":";
  const auto header = SegmentLines(path).next();
  // One without a first line was begun a moment ago: it is the last one.
  if (!header) return UINT64_MAX;
  const std::size_t at = header->text.find(kField);
  return at == std::string::npos ? 0 : number_behind(header->text, at + kField.size()).value_or(0);
}

}  // namespace

std::vector<std::filesystem::path> date_directories(const std::filesystem::path& base_dir) {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(base_dir, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.size() == 10 && Timestamp::parse(name) && entry.is_directory(ignored)) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

std::vector<LogSegment> log_segments(const std::filesystem::path& base_dir) {
  std::vector<LogSegment> segments;
  std::error_code ignored;
  for (const auto& directory : date_directories(base_dir)) {
    for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
      if (!is_segment(entry.path().filename().string())) continue;
      const std::uintmax_t bytes = entry.file_size(ignored);
      segments.push_back({entry.path(), first_of(entry.path()), ignored ? 0 : bytes});
    }
  }
  std::ranges::sort(segments, [](const LogSegment& a, const LogSegment& b) {
    return std::tie(a.first, a.path) < std::tie(b.first, b.path);
  });
  return segments;
}

SegmentLines::SegmentLines(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}

SegmentLines::SegmentLines(SegmentLines&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      offset_(other.offset_),
      buffer_(std::move(other.buffer_)),
      taken_(other.taken_) {}

SegmentLines::~SegmentLines() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool SegmentLines::fill() {
  if (descriptor_ < 0) return false;
  buffer_.erase(0, std::exchange(taken_, 0));
  const std::size_t had = buffer_.size();
  buffer_.resize(had + kReadBytes);
  const ssize_t got = ::pread(descriptor_, buffer_.data() + had, kReadBytes, static_cast<off_t>(offset_));
  buffer_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  // The end of what is written: a segment is made ahead, of zeros.
  buffer_.resize(std::min(buffer_.find('\0', had), buffer_.size()));
  offset_ += buffer_.size() - had;
  return buffer_.size() > had;
}

std::optional<LogLine> SegmentLines::next() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', taken_);
    if (end != std::string::npos) {
      LogLine line{buffer_.substr(taken_, end - taken_), 0};
      taken_ = end + 1;
      line.sequence = sequence_of(line.text);
      return line;
    }
    if (!fill()) return std::nullopt;
  }
}

LogFollower::LogFollower(std::filesystem::path base_dir, std::uint64_t above)
    : base_dir_(std::move(base_dir)), above_(above) {
  const auto segments = log_segments(base_dir_);
  if (!segments.empty() && segments.front().first != UINT64_MAX) first_in_log_ = segments.front().first;
  // Segments that end below are not read: the one behind says where they end.
  std::size_t begin = 0;
  while (begin + 1 < segments.size() && segments[begin + 1].first <= above_ + 1) ++begin;
  for (std::size_t i = begin; i < segments.size(); ++i) {
    if (segments[i].first == UINT64_MAX) break;  // comes by `move_on`, once it has a first line
    ahead_.emplace_back(segments[i].path);
    last_first_ = segments[i].first;
  }
}

std::optional<LogLine> LogFollower::next() {
  for (;;) {
    if (ahead_.empty() && !move_on()) return std::nullopt;
    while (auto line = ahead_.front().next()) {
      if (line->sequence > above_) {
        above_ = line->sequence;
        return line;
      }
    }
    if (ahead_.size() < 2 && !move_on()) return std::nullopt;
    // A segment is whole before the next one begins: what came since it was read is read first.
    auto late = ahead_.front().next();
    while (late && late->sequence <= above_) late = ahead_.front().next();
    if (late) {
      above_ = late->sequence;
      return late;
    }
    ahead_.pop_front();
  }
}

bool LogFollower::move_on() {
  bool found = false;
  for (const LogSegment& segment : log_segments(base_dir_)) {
    if (segment.first <= last_first_ || segment.first == UINT64_MAX) continue;
    ahead_.emplace_back(segment.path);
    last_first_ = segment.first;
    found = true;
  }
  return found;
}

std::optional<LastRecord> last_record_of(const std::vector<LogSegment>& segments) {
  for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
    SegmentLines lines(segment->path);
    std::optional<LogLine> last;
    while (auto line = lines.next()) {
      if (line->sequence != 0) last = std::move(line);
    }
    if (!last) continue;
    const auto at = Data(last->text).get_timestamp("updated_at");
    return LastRecord{last->sequence, at.value_or(Timestamp())};
  }
  return std::nullopt;
}

}  // namespace cfp::cli
