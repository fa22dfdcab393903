#pragma once

#include <malloc.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace cfp::support {

/// What this process takes of the machine, as the system counts it.
struct Footprint {
  std::uint64_t resident_bytes = 0;
  /// Of the allocator of ours, in use: without what DuckDB keeps of its files, for which it has another.
  std::uint64_t heap_bytes = 0;
  std::size_t threads = 0;
  std::size_t descriptors = 0;
};

inline std::size_t entries_of(const std::filesystem::path& directory) {
  const std::filesystem::directory_iterator entries(directory);
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

inline Footprint footprint() {
  std::uint64_t all_pages = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> all_pages >> resident_pages;
  const struct mallinfo2 heap = ::mallinfo2();
  return {resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)), heap.uordblks + heap.hblkhd,
          entries_of("/proc/self/task"), entries_of("/proc/self/fd") - 1};  // without the one that looks
}

/// A sanitizer keeps what was given back, and threads of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryIsOurs = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kMemoryIsOurs = false;
#else
inline constexpr bool kMemoryIsOurs = true;
#endif
#else
inline constexpr bool kMemoryIsOurs = true;
#endif

}  // namespace cfp::support
