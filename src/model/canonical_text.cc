#include "model/canonical_text.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/iso8601.h"
#include "base/json_fault.h"
#include "cfp/error.h"

namespace cfp::model {
namespace {

/// Tells most names apart by one comparison. Names that share it are compared in full, so it need not be strong.
std::uint64_t fingerprint(std::string_view name) noexcept {
  std::uint64_t front = 0;
  std::uint64_t back = 0;
  const std::size_t size = std::min(name.size(), sizeof front);
  if (size == sizeof front) {
    std::memcpy(&front, name.data(), sizeof front);
    std::memcpy(&back, name.data() + name.size() - sizeof back, sizeof back);
  } else {
    for (const char c : name) front = front << 8 | static_cast<unsigned char>(c);
  }
  return (front * 0x9e3779b97f4a7c15ULL) ^ (back << 1) ^ name.size();
}

}  // namespace

void CanonicalText::field(std::string_view name) {
  if (top_ != nullptr && frames_.size() == 1) {
    place_ = top_->begin(name);
    if (place_ == TopFields::Place::replaced) return;
  }
  separate();
  const std::size_t at = out_.size() + 1;
  json::append_string(out_, name);
  const std::size_t size = out_.size() - 1 - at;
  names_.push_back({fingerprint(std::string_view(out_).substr(at, size)), at, size});
  out_ += ':';
}

void CanonicalText::end_object() {
  refuse_duplicates(frames_.back().first_name);
  if (top_ != nullptr && frames_.size() == 1) top_->finish(*this);
  names_.resize(frames_.back().first_name);
  frames_.pop_back();
  out_ += '}';
}

void CanonicalText::end_array() {
  frames_.pop_back();
  out_ += ']';
}

void CanonicalText::append_field(std::string_view name, const ScalarView& value) {
  separate();
  json::append_string(out_, name);
  out_ += ':';
  write(value);
}

void CanonicalText::append_timestamp(std::string_view name, const Timestamp& value) {
  separate();
  json::append_string(out_, name);
  out_ += ":\"";
  base::append_timestamp(out_, value);
  out_ += '"';
}

void CanonicalText::scalar(const ScalarView& value) {
  const TopFields::Place place = std::exchange(place_, TopFields::Place::plain);
  if (place == TopFields::Place::replaced) return top_->replace(value, *this);
  before_value();
  const auto* text = std::get_if<std::string_view>(&value);
  const auto timestamp = text != nullptr && normalize_datetimes_ ? base::parse_timestamp(*text) : std::nullopt;
  if (!timestamp) {
    write(value);
    if (place == TopFields::Place::observed) top_->observe(value);
    return;
  }
  out_ += '"';
  const std::size_t at = out_.size();
  base::append_timestamp(out_, *timestamp);
  if (place == TopFields::Place::observed) top_->observe(std::string_view(out_).substr(at));
  out_ += '"';
}

void CanonicalText::write(const ScalarView& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return json::append_string(out_, *text);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return json::append_integer(out_, *integer);
  if (const auto* real = std::get_if<double>(&value)) return json::append_real(out_, *real);
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) return json::append_unsigned(out_, *natural);
  const auto* flag = std::get_if<bool>(&value);
  out_ += flag == nullptr ? "null" : *flag ? "true" : "false";
}

void CanonicalText::begin(bool is_object) {
  const TopFields::Place place = std::exchange(place_, TopFields::Place::plain);
  if (place == TopFields::Place::replaced) top_->replace(Nested(), *this);
  if (place == TopFields::Place::observed) top_->observe(Nested());
  if (!frames_.empty() || !is_object) before_value();
  frames_.push_back({is_object, true, 0, names_.size()});
  out_ += is_object ? '{' : '[';
}

void CanonicalText::before_value() {
  if (frames_.empty()) throw InvalidRecordError("data: must be a JSON object");
  if (frames_.back().is_object) return;  // its name separates
  separate();
  ++frames_.back().items;
}

void CanonicalText::separate() {
  if (!std::exchange(frames_.back().empty, false)) out_ += ',';
}

void CanonicalText::refuse_duplicates(std::size_t first_name) {
  const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first_name);
  const auto same = [this](const Name& a, const Name& b) {
    return a.fingerprint == b.fingerprint && text_of(a) == text_of(b);
  };
  auto twice = names_.end();
  if (names_.size() - first_name <= kFewNames) {
    twice = std::find_if(begin, names_.end(), [&](const Name& name) {
      return std::find_if(begin, begin + (&name - &*begin), [&](const Name& earlier) { return same(earlier, name); }) !=
             begin + (&name - &*begin);
    });
  } else {
    // By text where fingerprints are equal: however many names an input makes collide, this is not quadratic.
    std::sort(begin, names_.end(), [this](const Name& a, const Name& b) {
      return a.fingerprint != b.fingerprint ? a.fingerprint < b.fingerprint : text_of(a) < text_of(b);
    });
    twice = std::adjacent_find(begin, names_.end(), same);
  }
  if (twice != names_.end()) throw InvalidRecordError(path_of(*twice) + ": the name is there twice");
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

void read_data(std::string_view data, json::Visitor& visitor) {
  try {
    json::walk(data, visitor);
  } catch (const json::Error& error) {
    const std::string_view what = error.what();
    const bool has_path = what.starts_with('.') || what.starts_with('[');
    throw InvalidRecordError(std::string("data").append(has_path ? "" : ": ").append(what));
  }
}

}  // namespace cfp::model
