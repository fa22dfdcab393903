#include "tables/duckdb/errors.h"

namespace cfp::tables::duckdb {

namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string first_line(std::string_view message) { return std::string(message.substr(0, message.find('\n'))); }

std::string spec_steps(std::string_view file_name) {
  return "Failed to open " + std::string(file_name) +
         ".\nDatabase may be corrupted. To recover:\n1. Delete the corrupted file\n"
         "2. Call rebuild_history_from_wal(date) for each date that needs recovery\n"
         "3. Call rebuild_latest_from_history() to rebuild latest values";
}

}  // namespace

// DuckDB's error types do not tell these apart (nearly all are "IO Error"), so the text must.
ErrorCode code_of(std::string_view message) noexcept {
  if (has(message, "No space left") || has(message, "Disk quota exceeded") || has(message, "File too large") ||
      has(message, "max_temp_directory_size")) {
    return ErrorCode::disk_full;
  }
  if (has(message, "Could not set lock")) return ErrorCode::locked;
  if (has(message, "we can only read versions")) return ErrorCode::newer_version;
  if (has(message, "Permission denied")) return ErrorCode::permission;
  if (has(message, "Read-only file system")) return ErrorCode::read_only_disk;
  if (has(message, "Out of Memory Error")) return ErrorCode::io;
  if (has(message, "Failure while replaying WAL") || has(message, "orrupt") || has(message, "checksum") ||
      has(message, "not a valid DuckDB") || has(message, "Could not read enough bytes") ||
      has(message, "erialization Error")) {
    return ErrorCode::corrupt;
  }
  if (has(message, "IO Error")) return ErrorCode::io;
  return ErrorCode::internal;
}

CollectionFastPersistError open_error(std::string_view file_name, std::string_view message) {
  const std::string name(file_name);
  const std::string cause = first_line(message);
  switch (code_of(message)) {
    case ErrorCode::disk_full:
      return {ErrorCode::disk_full, "the disk is full: " + name + " cannot be opened; free some space. " + cause};
    case ErrorCode::locked:
      return {ErrorCode::locked, name + " is in use by another process; close that one. " + cause};
    case ErrorCode::newer_version:
      return {ErrorCode::newer_version, name + " was written by a newer DuckDB; open it with that one. " + cause};
    case ErrorCode::permission:
      return {ErrorCode::permission, "no permission to open " + name + ". " + cause};
    case ErrorCode::read_only_disk:
      return {ErrorCode::read_only_disk, name + " is on a read-only file system. " + cause};
    case ErrorCode::io:
      return {ErrorCode::io, name + " cannot be opened. " + cause};
    default:
      return {ErrorCode::corrupt, spec_steps(name) + "\n" + cause};
  }
}

CollectionFastPersistError damage_error(std::string_view file_name, std::string_view what) {
  return {ErrorCode::corrupt, spec_steps(file_name) + "\n" + std::string(what)};
}

CollectionFastPersistError operation_error(std::string_view file_name, const SqlError& error) {
  ErrorCode code = code_of(error.what());
  // An instance that gave up after an I/O error is no bug of ours: opening it again reads what is durable.
  if (error.type() == DUCKDB_ERROR_FATAL && code == ErrorCode::internal) code = ErrorCode::io;
  return {code, std::string(file_name) + ": " + first_line(error.what())};
}

}  // namespace cfp::tables::duckdb
