#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace cfp::base {

/// Text that is put together from many small pieces, without a call for each; up to 1 KiB without an allocation. Every
/// record's text and line are written here.
class TextBuffer {
 public:
  TextBuffer() noexcept : begin_(small_), end_(small_), limit_(small_ + sizeof small_) {}
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

  /// So that text of which the size is known is not copied as it grows.
  void reserve(std::size_t bytes) { static_cast<void>(room(bytes)); }
  /// Where the next piece goes: room for `bytes` at least, good until the next call.
  [[nodiscard]] char* room(std::size_t bytes) {
    if (static_cast<std::size_t>(limit_ - end_) < bytes) grow(bytes);
    return end_;
  }
  /// What was written into `room` up to `end` belongs to the text.
  void take_up_to(char* end) noexcept { end_ = end; }

  void append(char c) {
    *room(1) = c;
    ++end_;
  }
  void append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(room(text.size()), text.data(), text.size());
    end_ += text.size();
  }
  void clear() noexcept { end_ = begin_; }

  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - begin_); }
  [[nodiscard]] std::string_view view() const noexcept { return {begin_, size()}; }

 private:
  void grow(std::size_t bytes);

  char small_[1024];
  std::unique_ptr<char[]> large_;
  char* begin_;
  char* end_;
  char* limit_;
};

}  // namespace cfp::base
