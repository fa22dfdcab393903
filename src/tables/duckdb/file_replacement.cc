#include "tables/duckdb/file_replacement.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
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

/// Closed by the destructor, which loses errors: what was written is synced first.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : value_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)) {
    if (value_ < 0) fail("open", path, last_error());
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(value_); }
  [[nodiscard]] int get() const noexcept { return value_; }

 private:
  int value_;
};

void sync(const fs::path& path, int flags) {
  const Descriptor descriptor(path, flags);
  if (::fsync(descriptor.get()) != 0) fail("sync", path, last_error());
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

void copy_bytes(const fs::path& source, const fs::path& target) {
  constexpr std::size_t kPiece = 1024 * 1024;
  const Descriptor from(source, O_RDONLY);
  const Descriptor to(target, O_WRONLY | O_CREAT | O_EXCL);
  std::string piece(kPiece, '\0');
  for (;;) {
    const ssize_t got = ::read(from.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("read", source, last_error());
    if (got == 0) return;
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = ::write(to.get(), piece.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("write", target, last_error());
      done += put;
    }
  }
}

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
    copy_bytes(file, path_);  // a file system without second names
  } else if (cause) {
    fail("look at", file, cause);
  }
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
  try {
    std::error_code ignored;
    fs::remove(replacement_of(file), ignored);
  } catch (const std::bad_alloc&) {
    // The next one replaces it.
  }
}

void make_replacement(const fs::path& source, const fs::path& file) {
  remove_replacement(file);
  const fs::path replacement = replacement_of(file);
  try {
    copy_bytes(source, replacement);
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
