#pragma once

// The seam to the disk: everything the engine itself does with files goes through these two classes, so that a test
// can put a disk underneath that loses, tears and refuses. (DuckDB reads and writes its own two files by itself.)
// Every failing call throws std::system_error with the errno of the system.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cfp::os {

/// An open regular file. Closed by the destructor.
/// Threads: one at a time.
class File {
 public:
  virtual ~File() = default;
  /// Writes all bytes at `offset`; retries EINTR and continues after a short write. On an error some bytes may be
  /// there.
  virtual void write(std::uint64_t offset, std::string_view bytes) = 0;
  /// The same for what is appended piece by piece, each synced before the next: past the system's cache where it can be
  /// (O_DIRECT), which spares the sync half of its way. The end of the last block is filled with zero bytes, so what
  /// lies behind `bytes` must be none or zero.
  virtual void write_through(std::uint64_t offset, std::string_view bytes) { write(offset, bytes); }
  /// Reads up to `size` bytes at `offset`; fewer only at the end of the file.
  std::string read(std::uint64_t offset, std::uint64_t size) { return read(offset, size, {}); }
  /// The same, in the memory of `buffer`: new pages cost more than what is read into them.
  virtual std::string read(std::uint64_t offset, std::uint64_t size, std::string buffer) = 0;
  /// Makes data and size durable (fdatasync). Never retried: after a failure the state of the file is unknown.
  virtual void sync() = 0;
  /// Asks the system to forget what it keeps of the file in memory, so that the next read is the disk's. Synced bytes
  /// only; a request, no promise.
  virtual void drop_pages() noexcept = 0;
  /// Waits until the system has written these bytes out: a long copy that does so in small pieces neither fills the
  /// disk's queue before another file's sync nor leaves everything to its own. Makes nothing durable.
  virtual void write_back(std::uint64_t offset, std::uint64_t size) = 0;
  virtual void truncate(std::uint64_t size) = 0;
  /// Reserves space and sets the size (fallocate); new bytes read as zero.
  virtual void allocate(std::uint64_t size) = 0;
  /// Writes zero bytes to all of a file that was just allocated: the system need not note then, with the first write to
  /// a block, that there is something now.
  virtual void fill_with_zeros() {}
  [[nodiscard]] virtual std::uint64_t size() = 0;
  /// Civil time of the last change of its bytes, in UTC.
  [[nodiscard]] virtual std::chrono::sys_time<std::chrono::microseconds> modified_at() = 0;
};

enum class OpenMode {
  read,    ///< Must exist.
  write,   ///< Must exist; read and write.
  create,  ///< Must not exist (EEXIST); read and write, mode 0600.
};

enum class EntryKind { file, directory, other };

struct DirectoryEntry {
  std::string name;
  EntryKind kind;
};

/// An open directory. All names are single path components and are resolved without following links.
/// Threads: any.
class Directory {
 public:
  virtual ~Directory() = default;
  /// Throws ELOOP or EMLINK for a link, EINVAL for what is not a regular file with one name.
  virtual std::unique_ptr<File> open(const std::string& name, OpenMode mode) = 0;
  /// Replaces `to` when it exists.
  virtual void rename(const std::string& from, const std::string& to) = 0;
  /// Into another directory.
  virtual void move(const std::string& from, Directory& target, const std::string& to) = 0;
  virtual void remove(const std::string& name) = 0;
  virtual void remove_directory(const std::string& name) = 0;
  /// Entries sorted by name, without "." and "..".
  virtual std::vector<DirectoryEntry> list() = 0;
  /// Makes the names in this directory durable (fsync).
  virtual void sync() = 0;
  /// Opens a subdirectory; makes it (0700) and syncs this directory when it is missing and `create` is set.
  virtual std::unique_ptr<Directory> open_directory(const std::string& name, bool create) = 0;
  [[nodiscard]] virtual std::filesystem::path path() const = 0;

  /// Whether there is an entry of that name, whatever its kind.
  [[nodiscard]] bool contains(std::string_view name);
};

/// Removes a directory with all that is in it; nothing when there is none.
void remove_tree(Directory& parent, const std::string& name);

/// Opens a directory by path; makes it (0700, parents too) when it is missing. A link as the last component is refused.
std::unique_ptr<Directory> open_base_directory(const std::filesystem::path& path);
/// Opens a directory that is there. Nothing can be made, changed or removed through it or what it opens: that throws
/// EROFS. A link as the last component is refused.
std::unique_ptr<Directory> open_directory_read_only(const std::filesystem::path& path);
/// Whether the directory is on a network file system (NFS, SMB, 9p, FUSE, ...).
bool is_network_disk(const std::filesystem::path& path);

}  // namespace cfp::os
