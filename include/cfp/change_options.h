#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cfp {

/// What a store or a delete may ask for beside its record. Nothing of it is seen in the item.
struct ChangeOptions {
  /// Only if the item has that version, at its place among all changes (0: if there is no such item); else
  /// VersionConflictError says what it has, once that is on disk.
  std::optional<std::uint32_t> expected_version = {};
  /// Of a store: nothing is written where the item has the same data (the same fields in the same order, with the
  /// username) and value, and the same timestamp if one is given.
  bool skip_unchanged = false;
  /// Why: kept in history (`ItemVersion::reason`). UTF-8 without NUL, at most 4,096 bytes.
  std::optional<std::string> reason = {};
  /// The name of the request that this is the answer to, so that a client that heard nothing may ask again: a change
  /// whose request was answered before is not made once more, whatever it is, and has the sequence of the first time.
  /// Requests of the last 24 hours are known, the newest 100,000 of them, through any crash. Changes of one batch with
  /// one request are made together. A request that left nothing in the log (unchanged, nothing to delete) is judged
  /// anew when it is repeated. UTF-8 without NUL, 1 to 256 bytes; kept in history.
  std::optional<std::string> request_id = {};

  friend bool operator==(const ChangeOptions&, const ChangeOptions&) = default;
};

}  // namespace cfp
