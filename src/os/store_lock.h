#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace cfp::os {

/// The lock that keeps every other instance out of a base directory, in this process too: flock on `.lock`, which is
/// never unlinked, and which the kernel releases when its owner dies. Released by the destructor.
/// After fork() the child has no lock: its descriptor is closed (the parent's lock stays) and `forked()` is true.
/// Threads: `forked` from any.
class StoreLock {
 public:
  /// nullptr when somebody else holds it. Throws std::system_error.
  static std::unique_ptr<StoreLock> acquire(const std::filesystem::path& base_dir);
  /// A lock that any number of readers share, and that keeps a writer out. Makes nothing: without the file it throws
  /// ENOENT. nullptr when a writer holds the store.
  static std::unique_ptr<StoreLock> share(const std::filesystem::path& base_dir);
  virtual ~StoreLock() = default;
  /// Gives the lock back before the destructor does; `forked` stays callable.
  virtual void release() noexcept = 0;
  [[nodiscard]] virtual bool forked() const noexcept = 0;
};

/// What `.lock_{date}` tells people: "pid 123 on host since 2026-01-01T00:00:00+00:00".
std::string describe_this_process();

}  // namespace cfp::os
