// Directories of the system. Every call works on an open descriptor of the directory and on one component of a path,
// so that nobody can lead a file of the store elsewhere by replacing a directory or planting a link.

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/mutant.h"
#include "os/descriptor.h"
#include "os/file_system.h"
#include "os/posix_file.h"
#include "os/read_only_directory.h"

namespace cfp::os {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
constexpr unsigned kDirectoryMode = 0700;
constexpr unsigned kFileMode = 0600;

/// The system says ENOTDIR for a link, as for a file; a link is worth an error of its own.
Descriptor open_directory_at(int parent, const char* name, const std::string& path) {
  try {
    return open_at(parent, name, kDirectoryFlags, 0, path);
  } catch (const std::system_error& error) {
    struct stat status {};
    const bool is_link = error.code().value() == ENOTDIR &&
                         ::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
    if (is_link) throw_error(ELOOP, "open " + path);
    throw;
  }
}

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Descriptor descriptor, std::filesystem::path path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  std::unique_ptr<File> open(const std::string& name, OpenMode mode) override;
  void rename(const std::string& from, const std::string& to) override { move(from, *this, to); }
  void move(const std::string& from, Directory& target, const std::string& to) override;
  void remove(const std::string& name) override { unlink(name, 0); }
  void remove_directory(const std::string& name) override { unlink(name, AT_REMOVEDIR); }
  std::vector<DirectoryEntry> list() override;
  void sync() override;
  std::unique_ptr<Directory> open_directory(const std::string& name, bool create) override;
  [[nodiscard]] std::filesystem::path path() const override { return path_; }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return (path_ / name).string(); }
  const char* component(const std::string& name) const;
  void unlink(const std::string& name, int flags);
  std::optional<EntryKind> kind_of(const dirent& entry) const;

  Descriptor descriptor_;
  std::filesystem::path path_;
};

/// The name as the system takes it, once it is sure that it cannot lead out of this directory.
const char* PosixDirectory::component(const std::string& name) const {
  const bool is_component = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                            name.find('\0') == std::string::npos;
  if (!is_component) throw_error(EINVAL, "a name in " + path_.string() + " that is no single path component");
  return name.c_str();
}

std::unique_ptr<File> PosixDirectory::open(const std::string& name, OpenMode mode) {
  // O_NONBLOCK: opening a FIFO must fail, not wait for its other end. It means nothing for regular files.
  int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  flags |= mode == OpenMode::read ? O_RDONLY : O_RDWR;
  if (mode == OpenMode::create) flags |= O_CREAT | O_EXCL;
  if (CFP_MUTANT("follow_links")) flags &= ~O_NOFOLLOW;
  const std::string path = path_of(name);
  try {
    Descriptor file = open_at(descriptor_.number(), component(name), flags, kFileMode, path);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) throw_error(errno, "fstat " + path);
    // A second name would let somebody outside base_dir read or change the file.
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1) {
      throw_error(EINVAL, "open " + path + ": not a regular file with one name");
    }
    // The umask may have taken the owner's bits away.
    if (mode == OpenMode::create && ::fchmod(file.number(), kFileMode) != 0) throw_error(errno, "fchmod " + path);
    return std::make_unique<PosixFile>(std::move(file), path);
  } catch (const std::system_error& error) {
    const int code = error.code().value();
    // A directory opened for writing, and a socket.
    if (code == EISDIR || code == ENXIO) throw_error(EINVAL, "open " + path + ": not a regular file");
    throw;
  }
}

void PosixDirectory::move(const std::string& from, Directory& target, const std::string& to) {
  const auto* const other = dynamic_cast<const PosixDirectory*>(&target);
  CFP_CHECK(other != nullptr);
  if (::renameat(descriptor_.number(), component(from), other->descriptor_.number(), other->component(to)) != 0) {
    throw_error(errno, "rename " + path_of(from) + " to " + other->path_of(to));
  }
}

void PosixDirectory::unlink(const std::string& name, int flags) {
  if (::unlinkat(descriptor_.number(), component(name), flags) != 0) throw_error(errno, "unlink " + path_of(name));
}

/// nullopt: it went away meanwhile.
std::optional<EntryKind> PosixDirectory::kind_of(const dirent& entry) const {
  unsigned char type = entry.d_type;
  if (type == DT_UNKNOWN) {
    struct stat status {};
    if (::fstatat(descriptor_.number(), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return std::nullopt;
      throw_error(errno, "fstatat " + path_of(entry.d_name));
    }
    type = static_cast<unsigned char>(IFTODT(status.st_mode));
  }
  if (type == DT_REG) return EntryKind::file;
  return type == DT_DIR ? EntryKind::directory : EntryKind::other;
}

std::vector<DirectoryEntry> PosixDirectory::list() {
  // A descriptor of its own: a duplicate would share the position with every other listing.
  Descriptor own = open_at(descriptor_.number(), ".", kDirectoryFlags, 0, path_.string());
  struct Closer {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  const std::unique_ptr<DIR, Closer> stream(::fdopendir(own.number()));
  if (!stream) throw_error(errno, "opendir " + path_.string());
  static_cast<void>(own.release());  // The stream closes it.

  std::vector<DirectoryEntry> entries;
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (const auto kind = kind_of(*entry)) entries.push_back({std::move(name), *kind});
  }
  if (errno != 0) throw_error(errno, "readdir " + path_.string());
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

void PosixDirectory::sync() {
  if (::fsync(descriptor_.number()) != 0) throw_error(errno, "fsync " + path_.string());
}

std::unique_ptr<Directory> PosixDirectory::open_directory(const std::string& name, bool create) {
  const char* const checked = component(name);
  if (create) {
    if (::mkdirat(descriptor_.number(), checked, kDirectoryMode) != 0 && errno != EEXIST) {
      throw_error(errno, "mkdir " + path_of(name));
    }
    // Also when it was there: a process that was killed between the two calls left it behind unsynced.
    sync();
  }
  return std::make_unique<PosixDirectory>(open_directory_at(descriptor_.number(), checked, path_of(name)),
                                          path_ / name);
}

/// Makes the name of a directory in its parent durable. One that was there before may lie in a parent that this
/// process cannot open, or on a file system that has nothing to sync: then there is nothing this process could do.
void sync_parent(const std::filesystem::path& directory, bool made_here) {
  const std::filesystem::path parent = directory.parent_path();
  try {
    const Descriptor opened = open_at(AT_FDCWD, parent.c_str(), O_RDONLY | O_DIRECTORY, 0, parent.string());
    if (::fsync(opened.number()) != 0) throw_error(errno, "fsync " + parent.string());
  } catch (const std::system_error& error) {
    const int code = error.code().value();
    if (made_here || (code != EACCES && code != EPERM && code != EINVAL && code != EROFS)) throw;
  }
}

std::filesystem::path whole_path(const std::filesystem::path& path) {
  // lexically_normal would resolve "a/../b" without looking at links, so the path stays as given.
  std::filesystem::path whole = std::filesystem::absolute(path);
  if (!whole.has_filename()) whole = whole.parent_path();  // "a/b/": the slash would make the system follow a link.
  return whole;
}

}  // namespace

std::unique_ptr<Directory> open_directory_read_only(const std::filesystem::path& path) {
  const std::filesystem::path whole = whole_path(path);
  return make_read_only(
      std::make_unique<PosixDirectory>(open_directory_at(AT_FDCWD, whole.c_str(), whole.string()), whole));
}

std::unique_ptr<Directory> open_base_directory(const std::filesystem::path& path) {
  const std::filesystem::path whole = whole_path(path);
  std::filesystem::path part = whole.root_path();
  for (const auto& name : whole.relative_path()) {
    part /= name;
    const bool is_last = part == whole;
    struct stat status {};
    if (!is_last && ::stat(part.c_str(), &status) == 0) continue;
    const bool made_here = ::mkdir(part.c_str(), kDirectoryMode) == 0;
    const int error = errno;
    // EROFS and EACCES, too, come for a directory that is there.
    if (!made_here && ::lstat(part.c_str(), &status) != 0) throw_error(error, "mkdir " + part.string());
    sync_parent(part, made_here);
  }
  return std::make_unique<PosixDirectory>(open_directory_at(AT_FDCWD, whole.c_str(), whole.string()), whole);
}

}  // namespace cfp::os
