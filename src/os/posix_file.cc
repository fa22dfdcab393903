#include "os/posix_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "base/mutant.h"

namespace cfp::os {
namespace {

constexpr std::size_t kMostBlockBytes = 1 << 20;  // of one write past the cache
constexpr std::size_t kZerosAtOnce = 128 * 1024;  // little enough to be no long wait for another file's sync

}  // namespace

PosixFile::PosixFile(Descriptor descriptor, std::string path)
    : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

void PosixFile::fail(int error, std::string_view call) const { throw_error(error, std::string(call) + " " + path_); }

off_t PosixFile::checked_offset(std::uint64_t offset, std::uint64_t length, std::string_view call) const {
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (offset > kLargest || length > kLargest - offset) fail(EFBIG, call);
  return static_cast<off_t>(offset);
}

void PosixFile::write_all(off_t position, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        without_interruption([&] { return ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), position); });
    if (written < 0) fail(errno, "write");
    // No error and no progress: going on would never end.
    if (written == 0) fail(EIO, "write");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    position += written;
    if (CFP_MUTANT("ignore_a_short_write")) return;
  }
}

void PosixFile::write(std::uint64_t offset, std::string_view bytes) {
  const off_t position = checked_offset(offset, bytes.size(), "write");
  go_cached();
  write_all(position, bytes);
}

bool PosixFile::go_direct() noexcept {
  if (access_ == Access::cached) {
    const int flags = ::fcntl(descriptor_.number(), F_GETFL);
    const bool can = flags >= 0 && ::fcntl(descriptor_.number(), F_SETFL, flags | O_DIRECT) == 0;
    access_ = can ? Access::direct : Access::always_cached;
  }
  return access_ == Access::direct;
}

void PosixFile::go_cached() noexcept {
  written_through_ = UINT64_MAX;
  if (access_ != Access::direct) return;
  const int flags = ::fcntl(descriptor_.number(), F_GETFL);
  ::fcntl(descriptor_.number(), F_SETFL, flags & ~O_DIRECT);
  access_ = Access::cached;
}

void PosixFile::write_through(std::uint64_t offset, std::string_view bytes) {
  static_cast<void>(checked_offset(offset, bytes.size() + BlockBuffer::kBlockBytes, "write"));
  if (bytes.empty() || access_ == Access::always_cached) return write(offset, bytes);
  blocks_.reserve(std::min<std::size_t>(bytes.size() + 2 * BlockBuffer::kBlockBytes, kMostBlockBytes));
  if (written_through_ != offset) {
    const std::string before = File::read(block_begin(offset), offset - block_begin(offset));
    std::fill_n(std::copy(before.begin(), before.end(), blocks_.data()), offset - block_begin(offset) - before.size(),
                '\0');
  }
  if (!go_direct()) return write(offset, bytes);
  try {
    while (!bytes.empty()) {
      const std::string_view piece = bytes.substr(0, kMostBlockBytes - offset % BlockBuffer::kBlockBytes);
      write_blocks(offset, piece);
      offset += piece.size();
      bytes.remove_prefix(piece.size());
    }
    written_through_ = offset;
  } catch (const std::system_error& error) {
    written_through_ = UINT64_MAX;
    if (error.code().value() != EINVAL) throw;
    // A disk of other blocks, or a file system that finds out only now.
    go_cached();
    access_ = Access::always_cached;
    write(offset, bytes);
  }
}

/// The buffer has what comes before in the first block, and has what comes before the next write afterwards.
void PosixFile::write_blocks(std::uint64_t offset, std::string_view bytes) {
  const std::uint64_t begin = block_begin(offset), end = offset + bytes.size();
  char* const first = blocks_.data() + (offset - begin);
  std::fill(std::copy(bytes.begin(), bytes.end(), first), blocks_.data() + (block_end(end) - begin), '\0');
  write_all(static_cast<off_t>(begin), {blocks_.data(), static_cast<std::size_t>(block_end(end) - begin)});
  if (!CFP_MUTANT("write_over_the_last_block"))
    std::copy_n(blocks_.data() + (block_begin(end) - begin), end - block_begin(end), blocks_.data());
}

std::string PosixFile::read(std::uint64_t offset, std::uint64_t size, std::string buffer) {
  // Asking for "all there is" must not reserve memory for it.
  const std::uint64_t end = this->size();
  if (offset >= end) return {};
  std::string bytes = std::move(buffer);
  bytes.resize(std::min(size, end - offset));
  go_cached();
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = without_interruption([&] {
      return ::pread(descriptor_.number(), bytes.data() + filled, bytes.size() - filled,
                     static_cast<off_t>(offset + filled));
    });
    if (got < 0) fail(errno, "read");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

void PosixFile::sync() {
  if (::fdatasync(descriptor_.number()) != 0) fail(errno, "fdatasync");
}

void PosixFile::drop_pages() noexcept { ::posix_fadvise(descriptor_.number(), 0, 0, POSIX_FADV_DONTNEED); }

void PosixFile::write_back(std::uint64_t offset, std::uint64_t size) {
  constexpr unsigned kWriteAndWait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  const off_t position = checked_offset(offset, size, "sync_file_range");
  if (::sync_file_range(descriptor_.number(), position, static_cast<off_t>(size), kWriteAndWait) == 0) return;
  if (errno == ENOSYS || errno == EINVAL || errno == ESPIPE) return;  // a file system without it
  fail(errno, "sync_file_range");                                     // a later sync need not say it again
}

void PosixFile::truncate(std::uint64_t size) {
  const off_t length = checked_offset(size, 0, "ftruncate");
  written_through_ = UINT64_MAX;
  if (without_interruption([&] { return ::ftruncate(descriptor_.number(), length); }) != 0) fail(errno, "ftruncate");
}

void PosixFile::allocate(std::uint64_t size) {
  if (size == 0) return;
  const off_t length = checked_offset(size, 0, "fallocate");
  if (without_interruption([&] { return ::fallocate(descriptor_.number(), 0, 0, length); }) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS) fail(errno, "fallocate");
  // A file system without preallocation: the size alone still spares a change of metadata at each sync.
  if (this->size() < size) truncate(size);
}

void PosixFile::fill_with_zeros() {
  const std::string zeros(kZerosAtOnce, '\0');
  const std::uint64_t end = size();
  for (std::uint64_t at = 0; at < end; at += zeros.size()) {
    write_through(at, std::string_view(zeros).substr(0, end - at));
  }
}

std::uint64_t PosixFile::size() {
  struct stat status {};
  if (::fstat(descriptor_.number(), &status) != 0) fail(errno, "fstat");
  return static_cast<std::uint64_t>(status.st_size);
}

std::chrono::sys_time<std::chrono::microseconds> PosixFile::modified_at() {
  struct stat status {};
  if (::fstat(descriptor_.number(), &status) != 0) fail(errno, "fstat");
  const auto since_1970 =
      std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return std::chrono::sys_time<std::chrono::microseconds>(std::chrono::floor<std::chrono::microseconds>(since_1970));
}

}  // namespace cfp::os
