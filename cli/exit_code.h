#pragma once

#include "cfp/error.h"

namespace cfp::cli {

/// What a command ends with; scripts rely on it.
enum ExitCode : int {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,         ///< The call is not acceptable, or a record or a query is not. Nothing changed.
  kNotFound = 3,      ///< No such store, key, collection, item or version.
  kConflict = 4,      ///< An item has not the expected version. Nothing changed.
  kLocked = 5,        ///< The store is open elsewhere.
  kCorrupt = 6,       ///< The store is damaged.
  kInterrupted = 130  ///< Ctrl-C, as shells have it.
};

constexpr ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_record:
    case ErrorCode::sql:
    case ErrorCode::extra_schema:
      return kUsage;
    case ErrorCode::version_conflict:
      return kConflict;
    case ErrorCode::locked:
      return kLocked;
    case ErrorCode::corrupt:
      return kCorrupt;
    default:
      return kFailure;
  }
}

/// Something that was asked for is not there; the text says what.
class NotFound : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Ctrl-C was pressed, and the work ended in order.
class Interrupted {};

}  // namespace cfp::cli
