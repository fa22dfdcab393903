#pragma once

#include <cstddef>
#include <cstdint>

namespace cfp::os {

/// Memory for writing whole blocks of a file past the system's cache: it begins at a page, and a forked child does not
/// have it, which could otherwise get between the disk and it. Empty until it is made room for.
class BlockBuffer {
 public:
  static constexpr std::size_t kBlockBytes = 4096;

  BlockBuffer() = default;
  ~BlockBuffer();
  BlockBuffer(const BlockBuffer&) = delete;
  BlockBuffer& operator=(const BlockBuffer&) = delete;

  /// Keeps the first block. Throws std::bad_alloc.
  void reserve(std::size_t bytes);
  [[nodiscard]] char* data() const noexcept { return data_; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The offset where its block begins, or ends.
constexpr std::uint64_t block_begin(std::uint64_t offset) noexcept { return offset & ~(BlockBuffer::kBlockBytes - 1); }
constexpr std::uint64_t block_end(std::uint64_t offset) noexcept {
  return block_begin(offset + BlockBuffer::kBlockBytes - 1);
}

}  // namespace cfp::os
