#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "cfp/error.h"

namespace cfp::python {

/// A descriptor that wakes an event loop from a thread of the store, which never touches Python.
/// Threads: any.
class WakeUp {
 public:
  /// Throws: io.
  WakeUp() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (descriptor_ < 0) {
      throw CollectionFastPersistError(ErrorCode::io, "cannot make an eventfd: too many open files?");
    }
  }
  ~WakeUp() { ::close(descriptor_); }
  WakeUp(const WakeUp&) = delete;
  WakeUp& operator=(const WakeUp&) = delete;

  /// Readable between `set` and `clear`.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  void set() const noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(descriptor_, &one, sizeof one));  // fails only where it is set already, 2^64 times over
  }
  void clear() const noexcept {
    std::uint64_t count = 0;
    static_cast<void>(!::read(descriptor_, &count, sizeof count));
  }

 private:
  int descriptor_;
};

}  // namespace cfp::python
