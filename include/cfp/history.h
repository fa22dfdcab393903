#pragma once

// What reading the past takes and gives: the versions of an item, what changed between two of them, and the state at an
// earlier moment.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cfp/data.h"
#include "cfp/record.h"
#include "cfp/timestamp.h"

namespace cfp {

/// One version of an item: a store, or a delete, whose record has the data "{}" and no value.
struct ItemVersion {
  Record record;
  bool deleted = false;
  std::optional<std::string> username;  ///< Who stored or deleted it.
  std::optional<std::string> reason;
  std::optional<std::string> request_id;
  std::uint64_t batch = 0;  ///< Sequence of the first record of the batch it was made in; 0: in none.
};

/// Which versions of an item are wanted. All conditions hold at once.
struct HistoryQuery {
  std::int64_t limit = 100;                     ///< At most so many, the newest; 1 or more.
  std::optional<std::uint32_t> before_version;  ///< Below this version: the next page begins where the last one ended.
  std::optional<Timestamp> before;              ///< Accepted (`updated_at`) earlier than this.
  std::optional<Timestamp> after;               ///< Accepted later than this.
  std::optional<std::string> username;          ///< Stored or deleted by this user.
};

/// A moment in the past of a store: after a record, by its sequence, or a time, which means after the last record that
/// was accepted (`updated_at`) at it or before it. Within an atomic batch it means before the batch, which nobody ever
/// saw in part. A moment that has not come yet means now.
class AsOf {
 public:
  explicit AsOf(std::uint64_t sequence) : moment_(sequence) {}
  explicit AsOf(const Timestamp& time) : moment_(time) {}

  /// Exactly one of the two is there.
  [[nodiscard]] std::optional<std::uint64_t> sequence() const noexcept {
    const auto* const found = std::get_if<std::uint64_t>(&moment_);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  [[nodiscard]] std::optional<Timestamp> time() const noexcept {
    const auto* const found = std::get_if<Timestamp>(&moment_);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }

 private:
  std::variant<std::uint64_t, Timestamp> moment_;
};

/// A field of the data that two versions do not have alike. JSON texts; nullopt where the version has no such field.
struct FieldChange {
  std::string name;
  std::optional<std::string> before;  ///< nullopt: the field was added.
  std::optional<std::string> after;   ///< nullopt: it was removed.
  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

/// What is different in one version of an item from another one. A delete has no fields and no value.
struct VersionDiff {
  ItemVersion before, after;
  /// Top-level fields of `data` (`timestamp` and `username` are among them) whose texts differ: first those of `before`
  /// in their order, then those that were added. The order of fields does not count, and the value is apart.
  std::vector<FieldChange> fields;
  /// The values are those of the two records. 1, 1.0 and true differ; a NaN equals itself.
  bool value_changed = false;
};

}  // namespace cfp
