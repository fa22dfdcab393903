#include "tables/duckdb/file_replacement.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/failpoint.h"
#include "cfp/error.h"
#include "model/layout.h"

namespace cfp::tables::duckdb {

namespace fs = std::filesystem;

namespace {

constexpr std::array kLogSuffixes = {".wal", ".wal.checkpoint", ".wal.recovery"};

[[noreturn]] void fail(const std::string& what, const fs::path& path, const std::error_code& cause) {
  const bool full = cause == std::errc::no_space_on_device || cause.value() == EDQUOT;
  const ErrorCode code = full                                        ? ErrorCode::disk_full
                         : cause == std::errc::permission_denied     ? ErrorCode::permission
                         : cause == std::errc::read_only_file_system ? ErrorCode::read_only_disk
                                                                     : ErrorCode::io;
  throw CollectionFastPersistError(code, "cannot " + what + " " + path.string() + ": " + cause.message());
}

std::error_code last_error() { return {errno, std::generic_category()}; }

void sync(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) fail("open", path, last_error());
  const int failed = ::fsync(descriptor);
  const std::error_code cause = last_error();
  ::close(descriptor);
  if (failed != 0) fail("sync", path, cause);
}

void remove_file(const fs::path& path) {
  std::error_code cause;
  fs::remove(path, cause);
  if (cause) fail("remove", path, cause);
}

fs::path with_suffix(fs::path path, std::string_view suffix) {
  path += suffix;
  return path;
}

}  // namespace

fs::path replacement_of(const fs::path& file) { return with_suffix(file, model::kNewSuffix); }
fs::path log_of(const fs::path& file) { return with_suffix(file, kLogSuffixes[0]); }

bool has_any_log(const fs::path& file) {
  return std::any_of(kLogSuffixes.begin(), kLogSuffixes.end(), [&](const char* suffix) {
    std::error_code cause;  // what cannot be looked at may be there
    return fs::symlink_status(with_suffix(file, suffix), cause).type() != fs::file_type::not_found;
  });
}

NameWithoutLog::NameWithoutLog(const fs::path& file, const fs::path& directory) : path_(directory / file.filename()) {
  std::error_code cause;
  fs::create_directories(directory, cause);
  if (!cause) fs::remove(path_, cause);
  if (!cause) fs::create_hard_link(file, path_, cause);
  if (cause == std::errc::operation_not_supported || cause == std::errc::operation_not_permitted) {
    cause.clear();  // a file system without second names
    fs::copy_file(file, path_, cause);
  }
  if (cause) fail("look at", file, cause);
}

NameWithoutLog::~NameWithoutLog() {
  std::error_code ignored;  // the next one replaces it
  fs::remove(path_, ignored);
}

void remove_replacement(const fs::path& file) {
  const fs::path replacement = replacement_of(file);
  remove_logs(replacement);
  remove_file(replacement);
}

void discard_replacement(const fs::path& file) noexcept {
  std::error_code ignored;
  fs::remove(replacement_of(file), ignored);
}

void make_replacement(const fs::path& source, const fs::path& file) {
  remove_replacement(file);
  const fs::path replacement = replacement_of(file);
  try {
    std::error_code cause;
    fs::copy_file(source, replacement, cause);
    if (cause) fail("copy", source, cause);
    make_private(replacement);
    sync(replacement, O_RDONLY);
  } catch (const CollectionFastPersistError&) {
    discard_replacement(file);
    throw;
  }
}

void remove_logs(const fs::path& file) {
  for (const char* const suffix : kLogSuffixes) remove_file(with_suffix(file, suffix));
}

void set_aside_orphaned_logs(const fs::path& file) {
  for (const char* const suffix : kLogSuffixes) {
    const fs::path log = with_suffix(file, suffix);
    std::error_code cause;
    fs::rename(log, with_suffix(log, model::kCorruptSuffix), cause);
    if (cause && cause != std::errc::no_such_file_or_directory) fail("rename", log, cause);
  }
}

void make_private(const fs::path& file) {
  for (const fs::path& path : {file, log_of(file)}) {
    std::error_code cause;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, cause);
    if (cause && cause != std::errc::no_such_file_or_directory) fail("change the mode of", path, cause);
  }
}

void put_in_place(const fs::path& file) {
  const fs::path replacement = replacement_of(file);
  sync(replacement, O_RDONLY);
  CFP_FAILPOINT("tables.before_rename");
  std::error_code cause;
  fs::rename(replacement, file, cause);
  if (cause) fail("rename", replacement, cause);
  CFP_FAILPOINT("tables.after_rename");
  sync(file.parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace cfp::tables::duckdb
