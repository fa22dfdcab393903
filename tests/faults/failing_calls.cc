// The calls that change files, with a way to let one of them fail. A program's own symbols come before those of the
// libraries it loads, so that DuckDB's calls end here too.

#include "faults/failing_calls.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace cfp::faults {
namespace {

/// The only place where calls that know nothing of a test can look.
struct Plan {
  std::atomic<bool> armed{false};
  FailingCalls calls;
  std::atomic<unsigned long> counted{0};
};

Plan& plan() {
  static Plan the_plan;
  return the_plan;
}

/// Whether the call on that path is to fail; errno is set then.
bool fails_at(std::string_view path) {
  Plan& now = plan();
  if (!now.armed.load(std::memory_order_acquire)) return false;
  if (path.find(now.calls.name_piece) == std::string_view::npos) return false;
  const unsigned long number = ++now.counted;
  if (now.calls.first == 0 || number < now.calls.first || (number > now.calls.first && !now.calls.goes_on))
    return false;
  errno = now.calls.error;
  return true;
}

bool fails_on(int descriptor) {
  if (!plan().armed.load(std::memory_order_acquire)) return false;
  std::array<char, 64> link{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
  std::array<char, PATH_MAX> path{};
  const long size = ::syscall(SYS_readlink, link.data(), path.data(), path.size());
  return size > 0 && fails_at({path.data(), static_cast<std::size_t>(size)});
}

bool can_truncate_fail() { return plan().armed && plan().calls.error != ENOSPC; }

}  // namespace

void arm(const FailingCalls& calls) {
  plan().calls = calls;
  plan().armed.store(true, std::memory_order_release);
}

unsigned long counted_calls() { return plan().counted; }

}  // namespace cfp::faults

using cfp::faults::can_truncate_fail;
using cfp::faults::fails_at;
using cfp::faults::fails_on;

extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  return fails_on(file) ? -1 : ::syscall(SYS_write, file, bytes, size);
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  return fails_on(file) ? -1 : ::syscall(SYS_pwrite64, file, bytes, size, offset);
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  return ::pwrite(file, bytes, size, offset);
}
int fsync(int file) { return fails_on(file) ? -1 : static_cast<int>(::syscall(SYS_fsync, file)); }
int fdatasync(int file) { return fails_on(file) ? -1 : static_cast<int>(::syscall(SYS_fdatasync, file)); }
/// Nothing here makes a file longer by it, and what makes one shorter needs no space.
int ftruncate(int file, off_t size) noexcept {
  return can_truncate_fail() && fails_on(file) ? -1 : static_cast<int>(::syscall(SYS_ftruncate, file, size));
}
int ftruncate64(int file, off64_t size) noexcept { return ::ftruncate(file, size); }
int fallocate(int file, int mode, off_t offset, off_t size) {
  return fails_on(file) ? -1 : static_cast<int>(::syscall(SYS_fallocate, file, mode, offset, size));
}
int fallocate64(int file, int mode, off64_t offset, off64_t size) { return ::fallocate(file, mode, offset, size); }

int rename(const char* from, const char* to) noexcept {
  return fails_at(from) ? -1 : static_cast<int>(::syscall(SYS_rename, from, to));
}
int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return fails_at(from) ? -1 : static_cast<int>(::syscall(SYS_renameat, from_directory, from, to_directory, to));
}

static int open_with(int directory, const char* path, int flags, va_list rest) {
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  return fails_at(path) ? -1 : static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
}
int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int file = open_with(AT_FDCWD, path, flags, rest);
  va_end(rest);
  return file;
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int file = open_with(AT_FDCWD, path, flags, rest);
  va_end(rest);
  return file;
}
int openat(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int file = open_with(directory, path, flags, rest);
  va_end(rest);
  return file;
}
int openat64(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int file = open_with(directory, path, flags, rest);
  va_end(rest);
  return file;
}

}  // extern "C"
