#include "model/canonical_text.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/iso8601.h"
#include "base/json_fault.h"
#include "cfp/error.h"
#include "model/canonical_scan.h"

namespace cfp::model {
namespace {

/// The first and the last bytes of a text, as many as `Piece` has; they may overlap.
template <typename Piece>
std::uint64_t ends_of(std::string_view text) noexcept {
  Piece front;
  Piece back;
  std::memcpy(&front, text.data(), sizeof front);
  std::memcpy(&back, text.data() + text.size() - sizeof back, sizeof back);
  return (front * 0x9e3779b97f4a7c15ULL) ^ (back * 0xc2b2ae3d27d4eb4fULL);
}

/// Tells most names apart by one comparison. Names that share it are compared in full, so it need not be strong.
std::uint64_t fingerprint(std::string_view name) noexcept {
  if (name.size() >= 8) return ends_of<std::uint64_t>(name) ^ name.size();
  if (name.size() >= 4) return ends_of<std::uint32_t>(name) ^ name.size();
  if (name.size() >= 2) return ends_of<std::uint16_t>(name) ^ name.size();
  return name.empty() ? 0 : ends_of<std::uint8_t>(name);
}

std::uint64_t bit_of(std::uint64_t fingerprint) noexcept { return std::uint64_t{1} << (fingerprint >> 58U); }

/// Writes one value as it is.
struct Writer {
  base::TextBuffer& out;

  void operator()(std::monostate) const { out.append("null"); }
  void operator()(bool value) const { out.append(value ? std::string_view("true") : std::string_view("false")); }
  void operator()(std::int64_t value) const { json::append_integer(out, value); }
  void operator()(std::uint64_t value) const { json::append_unsigned(out, value); }
  void operator()(double value) const { json::append_real(out, value); }
  void operator()(std::string_view value) const { json::append_string(out, value); }
  void operator()(Nested) const {}  // is written part by part
};

/// The value of a field of a canonical document.
ScalarView scalar_of(const json::Field& field) {
  switch (field.kind) {
    case json::Kind::null:
      return std::monostate();
    case json::Kind::boolean:
      return field.raw == "true";
    case json::Kind::number:
      if (const auto integer = json::to_int64(field.raw)) return *integer;
      return json::to_double(field.raw).value();
    case json::Kind::string:
      return field.raw.substr(1, field.raw.size() - 2);
    default:
      return Nested();
  }
}

}  // namespace

void CanonicalText::null() { scalar(std::monostate()); }
void CanonicalText::boolean(bool value) { scalar(value); }
void CanonicalText::integer(std::int64_t value) { scalar(value); }
void CanonicalText::unsigned_integer(std::uint64_t value) { scalar(value); }
void CanonicalText::real(double value) { scalar(value); }
void CanonicalText::string(std::string_view value) { scalar(value); }

void CanonicalText::field(std::string_view name) {
  if (top_ != nullptr && frames_.size() == 1) {
    place_ = top_->begin(name);
    if (place_ == TopFields::Place::replaced) return;
  }
  separate();
  add_name(name);
  out_.append(':');
}

void CanonicalText::end_object() {
  refuse_duplicates(frames_.back().first_name);
  if (top_ != nullptr && frames_.size() == 1) top_->finish(*this);
  names_.resize(frames_.back().first_name);
  frames_.pop_back();
  out_.append('}');
}

void CanonicalText::end_array() {
  frames_.pop_back();
  out_.append(']');
}

void CanonicalText::append_field(std::string_view name, const ScalarView& value) {
  separate();
  json::append_string(out_, name);
  out_.append(':');
  std::visit(Writer{out_}, value);
}

void CanonicalText::append_timestamp(std::string_view name, const Timestamp& value) {
  separate();
  json::append_string(out_, name);
  out_.append(":\"");
  base::append_timestamp(out_, value);
  out_.append('"');
}

template <typename Scalar>
void CanonicalText::scalar(Scalar value) {
  if (place_ != TopFields::Place::plain) return tell_top(value);
  before_value();
  if constexpr (std::is_same_v<Scalar, std::string_view>) {
    if (append_as_time(value)) return;
  }
  Writer{out_}(value);
}

void CanonicalText::tell_top(const ScalarView& value) {
  const TopFields::Place place = std::exchange(place_, TopFields::Place::plain);
  if (place == TopFields::Place::replaced) return top_->replace(value, *this);
  before_value();
  const std::size_t begin = out_.size();
  const auto* text = std::get_if<std::string_view>(&value);
  if (text != nullptr && append_as_time(*text)) {
    const std::string_view written = out_.view().substr(begin);
    return top_->observe(written.substr(1, written.size() - 2));
  }
  std::visit(Writer{out_}, value);
  top_->observe(value);
}

/// Whether it is one, and is written.
bool CanonicalText::append_as_time(std::string_view text) {
  const auto timestamp = normalize_datetimes_ ? base::parse_timestamp(text) : std::nullopt;
  if (!timestamp) return false;
  out_.append('"');
  base::append_timestamp(out_, *timestamp);
  out_.append('"');
  return true;
}

void CanonicalText::begin(bool is_object) {
  const TopFields::Place place = std::exchange(place_, TopFields::Place::plain);
  if (place == TopFields::Place::replaced) top_->replace(Nested(), *this);
  if (place == TopFields::Place::observed) top_->observe(Nested());
  if (!frames_.empty() || !is_object) before_value();
  frames_.push_back({is_object, true, 0, names_.size(), 0});
  out_.append(is_object ? '{' : '[');
}

void CanonicalText::before_value() {
  if (frames_.empty()) throw InvalidRecordError("data: must be a JSON object");
  if (frames_.back().is_object) return;  // its name separates
  separate();
  ++frames_.back().items;
}

void CanonicalText::separate() {
  if (!std::exchange(frames_.back().empty, false)) out_.append(',');
}

void CanonicalText::add_name(std::string_view name) {
  const std::size_t at = out_.size() + 1;
  json::append_string(out_, name);
  note_name(at, out_.size() - 1 - at);
}

void CanonicalText::note_name(std::size_t at, std::size_t size) {
  const Name added{fingerprint(out_.view().substr(at, size)), at, size};
  Frame& frame = frames_.back();
  if ((frame.seen & bit_of(added.fingerprint)) != 0 && names_.size() - frame.first_name < kFewNames) {
    for (std::size_t i = frame.first_name; i < names_.size(); ++i) {
      if (are_same(names_[i], added)) refuse_twice(added);
    }
  }
  frame.seen |= bit_of(added.fingerprint);
  names_.push_back(added);
}

/// By text where fingerprints are equal: however many names an input makes collide, this is not quadratic.
void CanonicalText::refuse_duplicates(std::size_t first_name) {
  if (names_.size() - first_name <= kFewNames) return;  // done when they were added
  const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first_name);
  std::sort(begin, names_.end(), [this](const Name& a, const Name& b) {
    return a.fingerprint != b.fingerprint ? a.fingerprint < b.fingerprint : text_of(a) < text_of(b);
  });
  const auto twice =
      std::adjacent_find(begin, names_.end(), [this](const Name& a, const Name& b) { return are_same(a, b); });
  if (twice != names_.end()) refuse_twice(*twice);
}

void CanonicalText::refuse_twice(const Name& name) const {
  throw InvalidRecordError(path_of(name) + ": the name is there twice");
}

std::string CanonicalText::path_of(const Name& name) const {
  std::string path = "data";
  for (std::size_t i = 0; i + 1 < frames_.size(); ++i) {
    const Frame& frame = frames_[i];
    if (frame.is_object) {
      json::append_path(path,
                        text_of(names_[frames_[i + 1].first_name - 1]));  // the last one before the inner object's
    } else {
      json::append_path(path, frame.items - 1);
    }
  }
  json::append_path(path, text_of(name));
  return path;
}

void CanonicalText::read(std::string_view data) {
  const CanonicalScan scan(data, normalize_datetimes_);
  if (scan.is_canonical()) return take(scan);
  try {
    json::walk(data, *this);
  } catch (const json::Error& error) {
    const std::string_view what = error.what();
    const bool has_path = what.starts_with('.') || what.starts_with('[');
    throw InvalidRecordError(std::string("data").append(has_path ? "" : ": ").append(what));
  }
}

/// Does what a walk over the document does, in the same order.
void CanonicalText::take(const CanonicalScan& document) {
  begin_object();
  for (const json::Field& field : document) {
    const TopFields::Place place = top_ == nullptr ? TopFields::Place::plain : top_->begin(field.name);
    if (place == TopFields::Place::replaced) {
      top_->replace(scalar_of(field), *this);
      continue;
    }
    separate();
    const char* const begin = field.name.data() - 1;  // its quote
    const std::size_t at = out_.size() + 1;
    out_.append(std::string_view(begin, static_cast<std::size_t>(field.raw.data() + field.raw.size() - begin)));
    note_name(at, field.name.size());
    if (place == TopFields::Place::observed) top_->observe(scalar_of(field));
  }
  end_object();
}

}  // namespace cfp::model
