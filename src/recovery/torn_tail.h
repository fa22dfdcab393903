#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "os/file_system.h"

namespace cfp::recovery {

/// The name with the suffix, and with a number in between when there is one already.
std::string free_name(os::Directory& directory, const std::string& name, std::string_view suffix);

/// Moves the bytes of a segment from `offset` on into a file beside it (suffix `.torn`, never one that is there
/// already) and cuts them off; a whole file, when `offset` is 0, is renamed. Durable when it returns; a kill in between
/// leaves the bytes in one of the two or in both. Returns the number of bytes.
std::uint64_t set_aside_tail(os::Directory& directory, const std::string& name, std::uint64_t offset,
                             std::uint64_t text_size);

/// Makes the good part of the last segment durable for certain, and cuts the zero bytes behind it off. A kill may have
/// come before the sync of its last lines, and a failed sync may have marked their pages clean: so the bytes from
/// `unsynced_from` on are written again before they are synced.
void settle_segment(os::Directory& directory, const std::string& name, const std::string& bytes,
                    std::uint64_t unsynced_from, std::uint64_t good_size);

}  // namespace cfp::recovery
