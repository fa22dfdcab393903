#include "backup/retirement.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/failpoint.h"
#include "base/mutant.h"
#include "model/layout.h"

namespace cfp::backup {
namespace {

std::string_view suffix_of(SegmentState state) {
  switch (state) {
    case SegmentState::covered:
      return model::kCoveredSuffix;
    case SegmentState::archived:
      return model::kArchivedSuffix;
    case SegmentState::live:
      break;
  }
  return {};
}

/// The directories whose names changed.
class Changed {
 public:
  void add(const Segment& segment) { directories_.insert(segment.directory); }
  void sync() {
    for (const auto& directory : directories_) directory->sync();
    directories_.clear();
  }

 private:
  std::set<std::shared_ptr<os::Directory>> directories_;
};

/// False when a file of the new name is there, which no segment of ours makes: then both stay.
bool rename(Segment& segment, SegmentState state) {
  const std::string from = segment.file_name();
  const SegmentState before = std::exchange(segment.state, state);
  if (segment.directory->contains(segment.file_name())) {
    segment.state = before;
    return false;
  }
  CFP_FAILPOINT("retire.before_rename");
  segment.directory->rename(from, segment.file_name());
  return true;
}

}  // namespace

std::string Segment::file_name() const { return name + std::string(suffix_of(state)); }

Coverage coverage_of(const std::vector<BackupInfo>& counted) {
  Coverage coverage;
  if (!counted.empty()) coverage.first = counted.front().watermark;
  if (CFP_MUTANT("one_backup_suffices")) coverage.second = coverage.oldest = coverage.first;
  if (counted.size() < 2) return coverage;
  coverage.second = counted[1].watermark;
  coverage.oldest = counted.back().watermark;
  return coverage;
}

Fate fate_of(const Segment& segment, const Coverage& coverage, bool archives) {
  const auto is_in = [&](std::uint64_t watermark) { return watermark != 0 && segment.last_sequence <= watermark; };
  // An archive is kept for the sake of the oldest backup, also when the option was taken away meanwhile.
  if (segment.state == SegmentState::archived) return is_in(coverage.oldest) ? Fate::remove : Fate::keep;
  if (is_in(coverage.second)) return archives && !is_in(coverage.oldest) ? Fate::archive : Fate::remove;
  return segment.state == SegmentState::live && is_in(coverage.first) ? Fate::cover : Fate::keep;
}

RetirementResult retire(std::vector<Segment> segments, const Coverage& coverage, bool archives) {
  std::stable_sort(segments.begin(), segments.end(),
                   [](const Segment& a, const Segment& b) { return a.last_sequence < b.last_sequence; });
  RetirementResult result;
  Changed changed;
  std::vector<const Segment*> removed;
  for (Segment& segment : segments) {
    const bool was_live = segment.state == SegmentState::live;
    const Fate fate = fate_of(segment, coverage, archives);
    bool is_retired = fate == Fate::remove;
    if (fate == Fate::cover) is_retired = rename(segment, SegmentState::covered);
    if (fate == Fate::archive) is_retired = rename(segment, SegmentState::archived);
    if (fate == Fate::remove) removed.push_back(&segment);
    if (is_retired && fate != Fate::remove) changed.add(segment);
    if (was_live && is_retired) ++result.retired_files, result.retired_bytes += segment.bytes;
    if (fate != Fate::remove && segment.state != SegmentState::live) result.kept_bytes += segment.bytes;
  }
  changed.sync();
  CFP_FAILPOINT("retire.after_renames");
  for (const Segment* segment : removed) {
    CFP_FAILPOINT("retire.before_removal");
    segment->directory->remove(segment->file_name());
    changed.add(*segment);
    ++result.removed_files;
  }
  changed.sync();
  return result;
}

}  // namespace cfp::backup
