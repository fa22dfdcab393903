#include "engine/segment_listing.h"

#include <algorithm>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "model/layout.h"
#include "wal/segment_reader.h"

namespace cfp::engine {
namespace {

/// A segment of the store, with where its records begin.
struct Found {
  backup::Segment segment;
  std::uint64_t after = 0;  ///< Last sequence before it.
  bool is_sealed = true;
  bool is_empty = false;
};

std::optional<backup::SegmentState> state_of(std::string_view suffix) {
  if (suffix.empty()) return backup::SegmentState::live;
  if (suffix == model::kCoveredSuffix) return backup::SegmentState::covered;
  if (suffix == model::kArchivedSuffix) return backup::SegmentState::archived;
  return std::nullopt;
}

/// Nothing for a file that is no segment of the store.
std::optional<Found> look_at(const std::shared_ptr<os::Directory>& directory, const std::string& name,
                             const std::string& store_id, bool is_sealed) {
  const auto parsed = model::parse_segment_name(name);
  const auto state = parsed ? state_of(parsed->suffix) : std::nullopt;
  if (!state) return std::nullopt;
  const auto file = directory->open(name, os::OpenMode::read);
  Found found{{directory, name.substr(0, name.size() - parsed->suffix.size()), 0, file->size(), *state}};
  found.is_sealed = is_sealed;
  if (const auto header = wal::read_header(*file)) {
    found.after = header->header->after;
    if (header->header->store_id != store_id || header->header->format > 1) return std::nullopt;
    return found;
  }
  // A rotation that came to nothing leaves one.
  found.is_empty =
      is_sealed && *state == backup::SegmentState::live && wal::SegmentReader(wal::read_all(*file)).text_size() == 0;
  return found.is_empty ? std::optional(std::move(found)) : std::nullopt;
}

void look_into(std::vector<Found>& found, os::Directory& base, const std::string& name, const std::string& store_id,
               std::uint64_t first_unsealed) {
  const std::shared_ptr<os::Directory> directory = base.open_directory(name, false);
  for (const os::DirectoryEntry& entry : directory->list()) {
    const auto parsed = model::parse_segment_name(entry.name);
    if (!parsed || entry.kind != os::EntryKind::file) continue;
    try {
      auto segment = look_at(directory, entry.name, store_id, parsed->number < first_unsealed);
      if (segment) found.push_back(std::move(*segment));
    } catch (const std::system_error&) {
      continue;  // what cannot be read is not retired
    }
  }
}

}  // namespace

std::vector<backup::Segment> list_segments(os::Directory& base, const std::string& store_id,
                                           std::uint64_t last_sequence,
                                           const std::optional<UnsealedSegments>& unsealed) {
  std::vector<Found> found;
  for (const os::DirectoryEntry& entry : base.list()) {
    const auto date = model::parse_date_directory(entry.name);
    if (!date || entry.kind != os::EntryKind::directory) continue;
    const bool has_unsealed = unsealed && unsealed->date == *date;
    look_into(found, base, entry.name, store_id, has_unsealed ? unsealed->first_number : UINT64_MAX);
  }
  std::set<std::uint64_t> begins;
  for (const Found& one : found) {
    if (!one.is_empty) begins.insert(one.after);
  }
  std::vector<backup::Segment> segments;
  for (Found& one : found) {
    if (!one.is_sealed) continue;
    const auto next = one.is_empty ? begins.end() : begins.upper_bound(one.after);
    one.segment.last_sequence = next == begins.end() ? last_sequence : *next;
    segments.push_back(std::move(one.segment));
  }
  return segments;
}

}  // namespace cfp::engine
