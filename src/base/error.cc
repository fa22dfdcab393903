#include "cfp/error.h"

namespace cfp {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::invalid_record:
      return "invalid_record";
    case ErrorCode::version_conflict:
      return "version_conflict";
    case ErrorCode::extra_schema:
      return "extra_schema";
    case ErrorCode::locked:
      return "locked";
    case ErrorCode::closed:
      return "closed";
    case ErrorCode::forked:
      return "forked";
    case ErrorCode::permission:
      return "permission";
    case ErrorCode::read_only:
      return "read_only";
    case ErrorCode::read_only_disk:
      return "read_only_disk";
    case ErrorCode::disk_full:
      return "disk_full";
    case ErrorCode::network_disk:
      return "network_disk";
    case ErrorCode::io:
      return "io";
    case ErrorCode::failed:
      return "failed";
    case ErrorCode::overloaded:
      return "overloaded";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::newer_version:
      return "newer_version";
    case ErrorCode::foreign:
      return "foreign";
    case ErrorCode::sql:
      return "sql";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

VersionConflictError::VersionConflictError(std::uint32_t expected, std::uint32_t current, std::size_t change)
    : CollectionFastPersistError(ErrorCode::version_conflict,
                                 "Nothing was changed: an item has version " + std::to_string(current) + ", not " +
                                     std::to_string(expected) + " as expected (change " + std::to_string(change) +
                                     ", counted from 0). Read it again and decide anew."),
      expected_(expected),
      current_(current),
      change_(change) {}

}  // namespace cfp
