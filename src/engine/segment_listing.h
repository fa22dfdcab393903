#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backup/retirement.h"
#include "cfp/timestamp.h"
#include "os/file_system.h"

namespace cfp::engine {

/// The segments that are being written or are next: in the directory of that date, from that number on.
struct UnsealedSegments {
  Date date;
  std::uint64_t first_number;
};

/// The sealed segments of a store in all date directories, live, covered and archived. Reads no more than their headers
/// and changes nothing: other than an inventory it may run beside the writer, whose next segment lies ready.
/// A segment's last sequence is what the next one's header says came before it; without a next one, `last_sequence`:
/// that of the store, which no segment can pass. What has no header of this store is left out, except for live
/// segments that hold nothing at all.
std::vector<backup::Segment> list_segments(os::Directory& base, const std::string& store_id,
                                           std::uint64_t last_sequence,
                                           const std::optional<UnsealedSegments>& unsealed);

}  // namespace cfp::engine
