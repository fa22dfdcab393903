#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cfp/backup.h"
#include "os/file_system.h"

namespace cfp::backup {

enum class SegmentState {
  live,      ///< No backup has all of it.
  covered,   ///< A verified backup has all of it.
  archived,  ///< Two have, and it is kept.
};

/// A log segment that nobody writes any more.
struct Segment {
  std::shared_ptr<os::Directory> directory;
  std::string name;                 ///< "wal_000001.jsonl", without what says its state.
  std::uint64_t last_sequence = 0;  ///< It holds no record above this one.
  std::uint64_t bytes = 0;
  SegmentState state = SegmentState::live;

  [[nodiscard]] std::string file_name() const;
};

enum class Fate { keep, cover, archive, remove };

/// How far the backups of a store reach, by their watermarks.
struct Coverage {
  std::uint64_t first = 0;   ///< Highest.
  std::uint64_t second = 0;  ///< Of another file; 0 without one.
  std::uint64_t oldest = 0;  ///< Lowest; 0 unless there are two.
};
/// `counted`: the readable ones of the store, highest watermark first.
Coverage coverage_of(const std::vector<BackupInfo>& counted);

/// What is to become of a segment: covered by one backup it stays, so that one rotten backup is survivable; once a
/// second one has it too it is deleted, or archived and deleted when even the oldest backup has it.
Fate fate_of(const Segment& segment, const Coverage& coverage, bool archives);

struct RetirementResult {
  std::uint64_t retired_files = 0;  ///< Live before, and now covered, archived or gone.
  std::uint64_t retired_bytes = 0;
  std::uint64_t removed_files = 0;
  std::uint64_t kept_bytes = 0;  ///< Of what is covered or archived now.
};

/// Gives each segment its fate, those with the lowest sequences first, renames before deletions. May be killed at any
/// step and repeated. Never replaces a file. Throws std::system_error.
RetirementResult retire(std::vector<Segment> segments, const Coverage& coverage, bool archives);

}  // namespace cfp::backup
