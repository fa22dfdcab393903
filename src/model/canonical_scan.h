#pragma once

// Whether a text of `data` is canonical as it stands. Most is, since programs write it (Data::set, the Python package):
// it is looked at once and taken as it is, which saves a quarter of encoding.

#include <cstddef>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace cfp::model {

/// One pass over a text. It knows the usual kinds of text only, and is certain of those it knows: names without
/// escapes, integers of 18 digits, reals of 15, objects of a few names in a few levels.
class CanonicalScan {
 public:
  /// `text` must outlive this. `normalize_datetimes`: whether text that is a date-time has to be the one that is
  /// written.
  CanonicalScan(std::string_view text, bool normalize_datetimes);
  CanonicalScan(const CanonicalScan&) = delete;
  CanonicalScan& operator=(const CanonicalScan&) = delete;

  /// Whether `text` is valid JSON in valid UTF-8, and what CanonicalText writes of it, but that a name of the outermost
  /// object may be there twice. False says nothing of the text.
  [[nodiscard]] bool is_canonical() const noexcept { return is_canonical_; }
  /// The fields of the outermost object, where it is canonical.
  [[nodiscard]] const json::Field* begin() const noexcept { return fields_.data(); }
  [[nodiscard]] const json::Field* end() const noexcept { return fields_.data() + fields_.size(); }

 private:
  static constexpr std::size_t kUsual = 20;
  alignas(json::Field) std::byte small_[kUsual * sizeof(json::Field)];
  std::pmr::monotonic_buffer_resource memory_{small_, sizeof small_};
  std::pmr::vector<json::Field> fields_{&memory_};
  bool is_canonical_;
};

}  // namespace cfp::model
