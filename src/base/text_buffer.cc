#include "base/text_buffer.h"

#include <algorithm>

namespace cfp::base {

void TextBuffer::grow(std::size_t bytes) {
  const std::size_t used = size();
  const std::size_t capacity = std::max(2 * static_cast<std::size_t>(limit_ - begin_), used + bytes);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(larger.get(), begin_, used);
  large_ = std::move(larger);
  begin_ = large_.get();
  end_ = begin_ + used;
  limit_ = begin_ + capacity;
}

}  // namespace cfp::base
