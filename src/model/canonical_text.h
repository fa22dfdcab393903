#pragma once

// The one text of `data`: no white space, shortest escapes, fields in their order, date-times as ISO text with their
// offset. Made once per record; making it again from itself gives the same bytes.

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/text_buffer.h"
#include "cfp/timestamp.h"
#include "model/schema.h"

namespace cfp::model {

/// As Scalar, without owning its text.
using ScalarView = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view, Nested>;

class CanonicalScan;
class CanonicalText;

/// Has a say in the fields of the outermost object.
class TopFields {
 public:
  enum class Place {
    plain,     ///< Written as it is.
    observed,  ///< Written as it is; `observe` is told what was written.
    replaced,  ///< Not written; `replace` is given the value as it came and writes what it wants.
  };

  virtual ~TopFields() = default;
  /// A field begins; its value follows.
  virtual Place begin(std::string_view name) = 0;
  virtual void observe(const ScalarView& written) = 0;
  virtual void replace(const ScalarView& value, CanonicalText& text) = 0;
  /// All fields are written; more may be appended.
  virtual void finish(CanonicalText& text) = 0;
};

/// Writes a document that it visits into `out`.
/// Failure: InvalidRecordError with the path, when the document is no object or an object has a name twice.
class CanonicalText final : public json::Visitor {
 public:
  CanonicalText(base::TextBuffer& out, bool normalize_datetimes, TopFields* top = nullptr)
      : out_(out), normalize_datetimes_(normalize_datetimes), top_(top) {
    frames_.reserve(kUsualDepth);
    names_.reserve(kFewNames);
  }

  void null() override;
  void boolean(bool value) override;
  void integer(std::int64_t value) override;
  void unsigned_integer(std::uint64_t value) override;
  void real(double value) override;
  void string(std::string_view value) override;
  void begin_object() override { begin(true); }
  void field(std::string_view name) override;
  void end_object() override;
  void begin_array() override { begin(false); }
  void end_array() override;

  /// Reads user data and writes all of it. Throws InvalidRecordError with the path ("data.address[2].zip: ...") for
  /// what is not JSON, too.
  void read(std::string_view data);

  /// Writes a field of the outermost object as it is given; for TopFields. `name` needs no escape.
  void append_field(std::string_view name, const ScalarView& value);
  void append_timestamp(std::string_view name, const Timestamp& value);

 private:
  static constexpr std::size_t kUsualDepth = 4;
  // Up to here each is compared with those before it, which is cheaper than sorting.
  static constexpr std::size_t kFewNames = 16;

  /// An object or array that has not ended. A name is kept as its place in `out_`.
  struct Frame {
    bool is_object;
    bool empty;              // nothing is written inside of it
    std::size_t items;       // of an array
    std::size_t first_name;  // of an object, in names_
    std::uint64_t seen;      // a bit for each name, by its fingerprint: most names are new at a glance
  };
  struct Name {
    std::uint64_t fingerprint;
    std::size_t at;
    std::size_t size;
  };

  void take(const CanonicalScan& document);
  template <typename Scalar>
  void scalar(Scalar value);
  void tell_top(const ScalarView& value);
  bool append_as_time(std::string_view text);
  void begin(bool is_object);
  void before_value();
  void separate();
  void add_name(std::string_view name);
  /// Of the name that stands at that place of the text. Throws where the object has it already.
  void note_name(std::size_t at, std::size_t size);
  void refuse_duplicates(std::size_t first_name);
  [[nodiscard]] bool are_same(const Name& a, const Name& b) const {
    return a.fingerprint == b.fingerprint && text_of(a) == text_of(b);
  }
  [[nodiscard]] std::string_view text_of(const Name& name) const { return out_.view().substr(name.at, name.size); }
  [[nodiscard]] std::string path_of(const Name& name) const;
  [[noreturn]] void refuse_twice(const Name& name) const;

  base::TextBuffer& out_;
  bool normalize_datetimes_;
  TopFields* top_;
  TopFields::Place place_ = TopFields::Place::plain;  // of the value that follows
  std::byte small_[1024];                             // what most documents need of the two below
  std::pmr::monotonic_buffer_resource memory_{small_, sizeof small_};
  std::pmr::vector<Frame> frames_{&memory_};
  std::pmr::vector<Name> names_{&memory_};  // of all objects in frames_
};

}  // namespace cfp::model
