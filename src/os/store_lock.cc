#include "os/store_lock.h"

#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

#include "base/iso8601.h"
#include "base/mutant.h"
#include "os/descriptor.h"

namespace cfp::os {
namespace {

class FlockStoreLock;

// The locks of this process. The one mutable global of the library: the handlers of pthread_atfork get no argument, so
// there is no other way for them to find what they have to close. Neither part has a destructor that does anything,
// so that a fork during exit finds them, too.
constinit std::mutex registry_mutex;
constinit FlockStoreLock* first_lock = nullptr;

class FlockStoreLock final : public StoreLock {
 public:
  /// Call with `registry_mutex` held.
  explicit FlockStoreLock(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)), next_(first_lock) {
    first_lock = this;
  }

  ~FlockStoreLock() override { let_go(); }

  void release() noexcept override { let_go(); }

 private:
  void let_go() noexcept {
    const std::lock_guard lock(registry_mutex);
    FlockStoreLock** place = &first_lock;
    while (*place != nullptr && *place != this) place = &(*place)->next_;
    if (*place == this) *place = next_;
    // Not by closing alone: a child forked a moment ago may not have come to closing its own descriptor yet.
    if (descriptor_.is_open() && ::getpid() == owner_) ::flock(descriptor_.number(), LOCK_UN);
    // Under the mutex, or a child forked now would keep it.
    descriptor_ = Descriptor(-1);
  }

 public:
  FlockStoreLock(const FlockStoreLock&) = delete;
  FlockStoreLock& operator=(const FlockStoreLock&) = delete;

  [[nodiscard]] bool forked() const noexcept override { return forked_.load(std::memory_order_relaxed); }

  /// In the child. Closing and never LOCK_UN: the two processes share one lock, and unlocking would release the
  /// parent's. Left open, the child would keep the lock alive after the parent's death.
  static void abandon_all() noexcept {
    while (first_lock != nullptr) {
      FlockStoreLock& lock = *first_lock;
      lock.descriptor_ = Descriptor(-1);
      lock.forked_.store(true, std::memory_order_relaxed);
      first_lock = std::exchange(lock.next_, nullptr);
    }
  }

 private:
  const pid_t owner_ = ::getpid();
  Descriptor descriptor_;
  std::atomic<bool> forked_{false};
  FlockStoreLock* next_;
};

void before_fork() { registry_mutex.lock(); }
void after_fork_in_parent() { registry_mutex.unlock(); }
void after_fork_in_child() {
  FlockStoreLock::abandon_all();
  registry_mutex.unlock();
}

void watch_forks() {
  static std::once_flag registered;
  std::call_once(registered, [] {
    const int error = ::pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (error != 0) throw_error(error, "pthread_atfork");
  });
}

}  // namespace

namespace {

std::unique_ptr<StoreLock> lock(const std::filesystem::path& base_dir, int open_flags, int operation) {
  watch_forks();
  const std::string path = (base_dir / ".lock").string();
  // Held from before the descriptor exists, or a fork in between would give the child a lock that nobody closes.
  const std::lock_guard registry(registry_mutex);
  Descriptor file = open_at(AT_FDCWD, path.c_str(), open_flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600, path);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw_error(errno, "fstat " + path);
  if (!S_ISREG(status.st_mode)) throw_error(EINVAL, "open " + path + ": not a regular file");
  if (without_interruption([&] { return ::flock(file.number(), operation | LOCK_NB); }) != 0) {
    if (errno == EWOULDBLOCK) return nullptr;
    throw_error(errno, "flock " + path);
  }
  return std::make_unique<FlockStoreLock>(std::move(file));
}

}  // namespace

std::unique_ptr<StoreLock> StoreLock::acquire(const std::filesystem::path& base_dir) {
  return lock(base_dir, O_CREAT | O_RDWR, CFP_MUTANT("share_the_lock") ? LOCK_SH : LOCK_EX);
}

std::unique_ptr<StoreLock> StoreLock::share(const std::filesystem::path& base_dir) {
  return lock(base_dir, O_RDONLY, LOCK_SH);
}

std::string describe_this_process() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host.front() = '?';
  std::string text = "pid " + std::to_string(::getpid()) + " on " + host.data() + " since ";
  base::append_timestamp(text, Timestamp(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())));
  return text;
}

}  // namespace cfp::os
