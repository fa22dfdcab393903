#include "os/block_buffer.h"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace cfp::os {

BlockBuffer::~BlockBuffer() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

void BlockBuffer::reserve(std::size_t bytes) {
  if (bytes <= size_) return;
  const auto size = static_cast<std::size_t>(block_end(bytes));
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  ::madvise(memory, size, MADV_DONTFORK);
  if (data_ != nullptr) {
    std::memcpy(memory, data_, kBlockBytes);
    ::munmap(data_, size_);
  }
  data_ = static_cast<char*>(memory);
  size_ = size;
}

}  // namespace cfp::os
