#pragma once

// The door to JSON: the only place that knows the library which reads it (simdjson). Writing needs no library: the
// functions here make the one text that goes to log, cache and tables.

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_buffer.h"

namespace cfp::json {

/// Text that is not acceptable JSON. `what()` says why and, where it can, at which path.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Receives the parts of a document in order. Text is valid UTF-8 and lives only during the call.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void integer(std::int64_t value) = 0;
  /// Only values above the largest int64.
  virtual void unsigned_integer(std::uint64_t value) = 0;
  virtual void real(double value) = 0;
  virtual void string(std::string_view value) = 0;
  virtual void begin_object() = 0;
  virtual void field(std::string_view name) = 0;
  virtual void end_object() = 0;
  virtual void begin_array() = 0;
  virtual void end_array() = 0;
};

/// Reads one document and hands its parts to `visitor`. Throws Error for anything that is not exactly one document of
/// valid JSON in valid UTF-8 (lone surrogates included), a number that is neither int64, uint64 nor a finite double,
/// or nesting above `max_depth`. Integers are exact or refused. Duplicate names are the visitor's concern.
void walk(std::string_view text, Visitor& visitor, int max_depth = 100);

/// What the text of a field is.
enum class Kind { null, boolean, number, string, object, array };

/// A field of the outermost object: `raw` is its value's text as it stands, without surrounding white space.
struct Field {
  std::string_view name;  // without quotes; escapes are not resolved (names of log fields and of ours have none)
  std::string_view raw;
  Kind kind = Kind::null;
};

/// The fields of an object in their order; of most objects without an allocation.
class Fields {
 public:
  /// Splits the outermost object of `text`, without looking inside nested values. Views point into `text`. Throws Error
  /// when that is no object. Checks less than `walk`: use it on text that this library wrote and that a checksum has
  /// vouched for.
  explicit Fields(std::string_view text);
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  [[nodiscard]] const Field* begin() const noexcept { return fields_.data(); }
  [[nodiscard]] const Field* end() const noexcept { return fields_.data() + fields_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }
  [[nodiscard]] const Field& operator[](std::size_t i) const noexcept { return fields_[i]; }

 private:
  static constexpr std::size_t kUsual = 20;
  alignas(Field) std::byte small_[kUsual * sizeof(Field)];
  std::pmr::monotonic_buffer_resource memory_{small_, sizeof small_};
  std::pmr::vector<Field> fields_{&memory_};
};

/// The text that a JSON string token (with its quotes) stands for. Throws Error.
std::string unquote(std::string_view raw);
/// The same without a copy where the text stands for itself, which is nearly always; else it is put into `memory`.
std::string_view unquote(std::string_view raw, std::pmr::memory_resource& memory);
/// The number that a token stands for, if it is one of that type and range.
std::optional<std::int64_t> to_int64(std::string_view raw) noexcept;
std::optional<std::uint64_t> to_uint64(std::string_view raw) noexcept;
std::optional<double> to_double(std::string_view raw) noexcept;

/// Appends a JSON string with its quotes. `utf8` must be valid UTF-8. Escapes only what must be escaped.
void append_string(base::TextBuffer& out, std::string_view utf8);
void append_integer(base::TextBuffer& out, std::int64_t value);
void append_unsigned(base::TextBuffer& out, std::uint64_t value);
/// The shortest text that reads back as the same finite double; always with a point or an exponent ("1.0").
void append_real(base::TextBuffer& out, double value);

/// Whether `text` is valid UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text) noexcept;

}  // namespace cfp::json
