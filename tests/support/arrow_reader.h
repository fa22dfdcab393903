#pragma once

// Arrow's structures read in the way their specification says, with nothing of Arrow's libraries.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "cfp/arrow.h"
#include "cfp/query.h"

namespace cfp::support {

/// Releases a structure of Arrow's when it goes. Threads: one.
template <class Structure>
class ArrowOwner {
 public:
  ArrowOwner() = default;
  ArrowOwner(ArrowOwner&& other) noexcept : structure_(other.structure_) { other.structure_.release = nullptr; }
  ArrowOwner& operator=(ArrowOwner&&) = delete;
  ~ArrowOwner() {
    if (structure_.release != nullptr) structure_.release(&structure_);
  }
  Structure* operator->() noexcept { return &structure_; }
  const Structure* operator->() const noexcept { return &structure_; }
  Structure* get() noexcept { return &structure_; }
  [[nodiscard]] bool is_empty() const noexcept { return structure_.release == nullptr; }

 private:
  Structure structure_{};
};

/// One column of a batch; lives as long as the batch.
class ArrowColumn {
 public:
  explicit ArrowColumn(const ArrowArray& array) : array_(array) {}
  [[nodiscard]] std::int64_t length() const { return array_.length; }
  [[nodiscard]] bool is_null(std::int64_t row) const {
    const auto* const bits = static_cast<const std::uint8_t*>(array_.buffers[0]);
    const std::int64_t at = row + array_.offset;
    return bits != nullptr && ((bits[at / 8] >> (at % 8)) & 1) == 0;
  }
  template <class Number>
  [[nodiscard]] Number number(std::int64_t row) const {
    return static_cast<const Number*>(array_.buffers[1])[row + array_.offset];
  }
  /// Of a utf8 column.
  [[nodiscard]] std::string_view text(std::int64_t row) const {
    const std::int32_t* const offsets = static_cast<const std::int32_t*>(array_.buffers[1]) + array_.offset + row;
    return {static_cast<const char*>(array_.buffers[2]) + offsets[0],
            static_cast<std::size_t>(offsets[1] - offsets[0])};
  }
  /// Of a list column: the place of the row's first element in the child, and its number of elements.
  [[nodiscard]] std::pair<std::int32_t, std::int32_t> list(std::int64_t row) const {
    const std::int32_t* const offsets = static_cast<const std::int32_t*>(array_.buffers[1]) + array_.offset + row;
    return {offsets[0], offsets[1] - offsets[0]};
  }
  [[nodiscard]] ArrowColumn child(std::int64_t i) const { return ArrowColumn(*array_.children[i]); }

 private:
  const ArrowArray& array_;
};

/// A stream and what it gives. Failure: throws std::runtime_error with its last error.
class ArrowStream {
 public:
  explicit ArrowStream(QueryResult& result) { result.export_arrow(stream_.get()); }
  ArrowOwner<ArrowSchema> schema() {
    ArrowOwner<ArrowSchema> schema;
    check(stream_->get_schema(stream_.get(), schema.get()));
    return schema;
  }
  /// Empty at the end.
  ArrowOwner<ArrowArray> next() {
    ArrowOwner<ArrowArray> batch;
    check(stream_->get_next(stream_.get(), batch.get()));
    return batch;
  }
  [[nodiscard]] int last_code() const noexcept { return code_; }
  [[nodiscard]] const std::string& last_error() const noexcept { return error_; }

 private:
  void check(int code) {
    code_ = code;
    if (code == 0) return;
    const char* const text = stream_->get_last_error(stream_.get());
    error_ = text == nullptr ? "no text" : text;
    throw std::runtime_error(error_);
  }

  ArrowOwner<ArrowArrayStream> stream_;
  int code_ = 0;
  std::string error_;
};

}  // namespace cfp::support
