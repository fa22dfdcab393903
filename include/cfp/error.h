#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cfp {

/// What kind of failure an error is. Each value asks for a different next step (docs/durability.md).
enum class ErrorCode {
  invalid_argument,  ///< A parameter or option is not acceptable. Nothing changed.
  invalid_record,    ///< A record is not acceptable. Nothing changed.
  version_conflict,  ///< An item has not the version that the caller expects. Nothing changed.
  extra_schema,      ///< A custom column is not acceptable, or a value does not fit it. Nothing changed.
  locked,            ///< Another instance holds the store.
  closed,            ///< The store was closed.
  forked,            ///< The store was opened by the parent of this process.
  permission,        ///< The operating system refuses access to a file of the store.
  read_only,         ///< The store was opened with `read_only`, and cannot do that.
  read_only_disk,    ///< The file system is mounted read-only.
  disk_full,         ///< No space (ENOSPC, EDQUOT, EFBIG). Writes work again once there is space.
  network_disk,      ///< base_dir is on a network file system, where locks cannot be trusted.
  io,                ///< Any other error of the disk.
  failed,            ///< An earlier sync failed; writes are refused until the store is opened again.
  overloaded,        ///< The tables accept nothing for longer than `store_timeout_seconds`.
  corrupt,           ///< Damage that would lose acknowledged records if it were ignored.
  newer_version,     ///< Written by a newer version of this library or of DuckDB.
  foreign,           ///< A file belongs to another store, or is not one of ours.
  sql,               ///< A query is refused or failed.
  internal,          ///< A bug in this library.
};

/// The name of a code as programs see it, e.g. "disk_full".
std::string_view to_string(ErrorCode code) noexcept;

/// Every error of this library. `what()` names the thing that is wrong and the next step.
class CollectionFastPersistError : public std::runtime_error {
 public:
  CollectionFastPersistError(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

/// A custom column or a value for it is not acceptable.
class ExtraSchemaError : public CollectionFastPersistError {
 public:
  explicit ExtraSchemaError(const std::string& message)
      : CollectionFastPersistError(ErrorCode::extra_schema, message) {}
};

/// A record was refused for its content; nothing changed.
class InvalidRecordError : public CollectionFastPersistError {
 public:
  explicit InvalidRecordError(const std::string& message)
      : CollectionFastPersistError(ErrorCode::invalid_record, message) {}
};

/// An item has not the version that the caller expects: somebody was faster. Nothing changed.
class VersionConflictError : public CollectionFastPersistError {
 public:
  VersionConflictError(std::uint32_t expected, std::uint32_t current, std::size_t change);

  /// What the item has; 0: it is not there.
  [[nodiscard]] std::uint32_t current_version() const noexcept { return current_; }
  [[nodiscard]] std::uint32_t expected_version() const noexcept { return expected_; }
  /// Which change of the batch was refused, counted from 0; 0 outside of a batch.
  [[nodiscard]] std::size_t change() const noexcept { return change_; }

 private:
  std::uint32_t expected_, current_;
  std::size_t change_;
};

}  // namespace cfp
