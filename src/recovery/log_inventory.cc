#include "recovery/log_inventory.h"

#include <algorithm>
#include <system_error>
#include <tuple>

#include "base/mutant.h"
#include "cfp/error.h"
#include "model/layout.h"
#include "wal/segment_reader.h"

namespace cfp::recovery {
namespace {

bool is_leftover(const std::string& suffix) {
  return suffix.ends_with(model::kNewSuffix) || suffix.ends_with(model::kTemporarySuffix);
}

bool is_set_aside(const std::string& suffix) {
  return suffix.ends_with(model::kTornSuffix) || suffix.ends_with(model::kCorruptSuffix);
}

bool is_kept(const std::string& suffix) { return suffix == model::kCoveredSuffix || suffix == model::kArchivedSuffix; }

std::uint64_t highest_sequence(os::File& file) {
  std::uint64_t highest = 0;
  wal::SegmentReader reader(wal::read_all(file));
  for (auto step = reader.next(); step != wal::SegmentReader::Step::end; step = reader.next()) {
    if (step != wal::SegmentReader::Step::line) continue;
    const wal::Line& line = reader.line();
    highest = std::max(highest, line.header ? line.header->first : line.record.sequence());
  }
  return highest;
}

/// A segment without a header of ours: empty, one of the reference implementation, or damaged.
void sort_headless(LogInventory& inventory, SegmentFile segment, os::File& file, const Report& report) {
  wal::SegmentReader reader(wal::read_all(file));
  if (reader.text_size() == 0) {
    report(LogLevel::info, segment.path() + " is empty and is left alone");
    return;
  }
  const std::string_view text = reader.bytes();
  if (wal::parse_reference_line(text.substr(0, text.find('\n')))) {
    inventory.reference.push_back(std::move(segment));
  } else {
    inventory.headless.push_back(std::move(segment));
  }
}

/// A link or a pipe is none of our files, whatever its name. What cannot be opened for lack of permission or
/// descriptors may be one; and so may a regular file with a second name, which a snapshot by hard links makes: to go on
/// without it would lose records without a word.
void judge_unopened(const SegmentFile& segment, os::EntryKind kind, const std::system_error& error,
                    const Report& report) {
  const bool refused = error.code() == std::errc::invalid_argument;
  if (refused && kind == os::EntryKind::file) {
    throw CollectionFastPersistError(ErrorCode::foreign,
                                     segment.path() +
                                         " has a second name (a hard link), through which others could "
                                         "change it. Remove that other name and open again, or move this "
                                         "file away if it is none of this store. Nothing was changed.");
  }
  if (!refused && error.code() != std::errc::too_many_symbolic_link_levels) throw error;
  report(LogLevel::warning, segment.path() + " is not a regular file and is left alone");
}

void look_at_file(LogInventory& inventory, os::Directory& directory, const os::DirectoryEntry& entry,
                  Leftovers leftovers, const Report& report) {
  const std::string& name = entry.name;
  const auto parsed = model::parse_segment_name(name);
  if (!parsed) return;
  if (is_leftover(parsed->suffix)) {
    if (leftovers == Leftovers::remove) directory.remove(name);
    return;
  }
  SegmentFile segment{&directory, name, parsed->number, 0, {}, parsed->suffix.empty()};
  std::unique_ptr<os::File> file;
  try {
    file = directory.open(name, os::OpenMode::read);
  } catch (const std::system_error& error) {
    return judge_unopened(segment, entry.kind, error, report);
  }
  segment.size = file->size();
  if (is_set_aside(parsed->suffix)) {
    inventory.set_aside_bytes += segment.size;
    inventory.highest_set_aside_sequence = std::max(inventory.highest_set_aside_sequence, highest_sequence(*file));
    return;
  }
  if (!segment.live && !is_kept(parsed->suffix)) return;
  if (segment.live) {
    ++inventory.files;
    inventory.log_bytes += segment.size;
  }
  if (auto header = wal::read_header(*file)) {
    segment.header = std::move(*header);
    inventory.segments.push_back(std::move(segment));
  } else if (!segment.live) {
    report(LogLevel::warning, segment.path() + " has no good header and is left alone; a backup has its records");
  } else {
    sort_headless(inventory, std::move(segment), *file, report);
  }
}

}  // namespace

std::string SegmentFile::path() const { return directory->path().filename().string() + "/" + name; }

LogInventory take_inventory(os::Directory& base, const Report& report, Leftovers leftovers) {
  LogInventory inventory;
  for (const os::DirectoryEntry& entry : base.list()) {
    if (entry.kind != os::EntryKind::directory || !model::parse_date_directory(entry.name)) continue;
    if (CFP_MUTANT("recover_one_directory_only") && !inventory.directories.empty()) break;
    inventory.directories.push_back(base.open_directory(entry.name, false));
    os::Directory& directory = *inventory.directories.back();
    for (const os::DirectoryEntry& file : directory.list()) {
      if (file.kind == os::EntryKind::directory) continue;
      look_at_file(inventory, directory, file, leftovers, report);
    }
  }
  std::sort(inventory.segments.begin(), inventory.segments.end(), [](const SegmentFile& a, const SegmentFile& b) {
    const auto& x = *a.header.header;
    const auto& y = *b.header.header;
    // Of two copies the longer one first: the other then repeats what is known, wherever it ends.
    return std::tuple(x.first, x.after, b.size) < std::tuple(y.first, y.after, a.size);
  });
  return inventory;
}

void measure_log(LogInventory& inventory) {
  inventory.files = inventory.log_bytes = inventory.set_aside_bytes = 0;
  for (const auto& directory : inventory.directories) {
    for (const os::DirectoryEntry& entry : directory->list()) {
      const auto parsed = model::parse_segment_name(entry.name);
      if (!parsed || entry.kind != os::EntryKind::file) continue;
      const std::uint64_t size = directory->open(entry.name, os::OpenMode::read)->size();
      if (is_set_aside(parsed->suffix)) inventory.set_aside_bytes += size;
      if (!parsed->suffix.empty()) continue;
      ++inventory.files;
      inventory.log_bytes += size;
    }
  }
}

void leave_other_stores(LogInventory& inventory, const std::string& store_id, const Report& report) {
  std::erase_if(inventory.segments, [&](const SegmentFile& segment) {
    if (segment.header.header->store_id == store_id) return false;
    report(LogLevel::warning, segment.path() + " belongs to another store and is left alone");
    return true;
  });
}

std::uint64_t next_segment_number(os::Directory& date_directory) {
  std::uint64_t highest = 0;
  for (const os::DirectoryEntry& entry : date_directory.list()) {
    if (const auto parsed = model::parse_segment_name(entry.name)) highest = std::max(highest, parsed->number);
  }
  return highest + 1;
}

}  // namespace cfp::recovery
