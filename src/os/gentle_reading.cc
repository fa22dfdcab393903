#include "os/gentle_reading.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

namespace cfp::os {

void read_gently(const std::filesystem::path& file) noexcept {
  constexpr std::size_t kPiece = 32 * 1024;  // a sync that comes meanwhile waits for one
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return;
  ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM);  // no more than a piece at once
  std::array<char, kPiece> piece{};
  for (off_t at = 0;;) {
    const auto begin = std::chrono::steady_clock::now();
    const ssize_t got = ::pread(descriptor, piece.data(), piece.size(), at);
    if (got <= 0) break;
    at += got;
    std::this_thread::sleep_for(std::chrono::steady_clock::now() - begin);
  }
  ::close(descriptor);
}

}  // namespace cfp::os
