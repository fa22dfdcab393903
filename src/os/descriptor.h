#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace cfp::os {

/// Throws std::system_error with `error` for the thing that was tried.
[[noreturn]] inline void throw_error(int error, std::string_view what) {
  throw std::system_error(error, std::generic_category(), std::string(what));
}

/// Calls `call` again for as long as a signal interrupts it; its result.
template <typename Call>
auto without_interruption(const Call& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

/// A file descriptor of the system. Owns it.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  // An error of close is of no use: whatever must be durable was synced before.
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }
  /// Gives the number away.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// openat with O_CLOEXEC; throws with `path`. Never gives 0, 1 or 2: in a program that closed its standard streams,
/// text meant for one of them would land in a file of the store.
inline Descriptor open_at(int directory, const char* name, int flags, unsigned mode, std::string_view path) {
  Descriptor opened(without_interruption([&] { return ::openat(directory, name, flags | O_CLOEXEC, mode); }));
  if (!opened.is_open()) throw_error(errno, "open " + std::string(path));
  if (opened.number() > STDERR_FILENO) return opened;
  Descriptor moved(::fcntl(opened.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved.is_open()) throw_error(errno, "open " + std::string(path));
  return moved;
}

}  // namespace cfp::os
