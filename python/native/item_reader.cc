#include "item_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "cfp/error.h"
#include "datetimes.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

[[noreturn]] void report_damage() {
  throw CollectionFastPersistError(ErrorCode::corrupt,
                                   "the data of an item is no JSON text of this library; close the store and open it "
                                   "again: it checks its files then");
}

nb::object checked(PyObject* made) {
  if (made == nullptr) nb::raise_python_error();
  return nb::steal(made);
}

nb::object to_str(std::string_view text) {
  return checked(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr));
}

/// Rules out nearly all text that is no date, at the price of a look at three bytes.
bool may_be_date(std::string_view text) noexcept {
  return text.size() >= 10 && text[4] == '-' && text[7] == '-' && text[0] >= '0' && text[0] <= '9';
}

void put(const nb::object& dict, const nb::object& name, const nb::object& value) {
  if (PyDict_SetItem(dict.ptr(), name.ptr(), value.ptr()) != 0) nb::raise_python_error();
}

}  // namespace

/// Walks once over a text.
class ItemReader::Text {
 public:
  Text(std::string_view text, FieldNames& names, bool normalize_datetimes)
      : at_(text.data()), end_(text.data() + text.size()), names_(names), normalize_datetimes_(normalize_datetimes) {}

  /// The outermost object. Its `value` is left out, its `timestamp` is always one, `status` and `username` never are.
  nb::object fields(bool& has_timestamp) {
    nb::object dict = checked(PyDict_New());
    take('{');
    if (skip('}')) return dict;
    do {
      const std::string_view name = raw_string();
      take(':');
      if (name == "timestamp") {
        has_timestamp = true;
        put(dict, names_.get(name), timestamp());
      } else if (name == "status" || name == "username") {
        put(dict, names_.get(name), *at_ == '"' ? plain_string() : value(0));
      } else if (name == "value") {
        value(0);
      } else {
        put(dict, field_name(name), value(0));
      }
    } while (skip(','));
    take('}');
    if (at_ != end_) report_damage();
    return dict;
  }
  [[nodiscard]] bool is_flat() const noexcept { return is_flat_; }

 private:
  // The text of a std::string ends in NUL, so one byte behind the end may be looked at.
  void take(char wanted) {
    if (*at_ != wanted || at_ == end_) report_damage();
    ++at_;
  }
  bool skip(char wanted) {
    if (*at_ != wanted) return false;
    ++at_;
    return true;
  }
  bool skip_word(std::string_view word) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  nb::object value(int depth) {
    switch (*at_) {
      case '"':
        return text_value();
      case '{':
        return object(depth + 1);
      case '[':
        return array(depth + 1);
      case 't':
        if (skip_word("true")) return nb::borrow(Py_True);
        break;
      case 'f':
        if (skip_word("false")) return nb::borrow(Py_False);
        break;
      case 'n':
        if (skip_word("null")) return nb::none();
        break;
      default:
        return number();
    }
    report_damage();
  }

  nb::object object(int depth) {
    if (depth > kMaxDepth) report_damage();
    is_flat_ = false;
    nb::object dict = checked(PyDict_New());
    take('{');
    if (skip('}')) return dict;
    do {
      const nb::object name = field_name(raw_string());
      take(':');
      put(dict, name, value(depth));
    } while (skip(','));
    take('}');
    return dict;
  }

  nb::object array(int depth) {
    if (depth > kMaxDepth) report_damage();
    is_flat_ = false;
    nb::object list = checked(PyList_New(0));
    take('[');
    if (skip(']')) return list;
    do {
      if (PyList_Append(list.ptr(), value(depth).ptr()) != 0) nb::raise_python_error();
    } while (skip(','));
    take(']');
    return list;
  }

  nb::object number() {
    const char* last = at_;
    bool whole = true;
    while (last != end_ && (static_cast<unsigned char>(*last - '0') < 10 || *last == '-' || *last == '+' ||
                            *last == '.' || *last == 'e' || *last == 'E')) {
      whole = whole && *last != '.' && *last != 'e' && *last != 'E';
      ++last;
    }
    const nb::object made = whole ? integer(last) : real(last);
    at_ = last;
    return made;
  }
  nb::object integer(const char* last) const {
    long long number = 0;
    if (const auto end = std::from_chars(at_, last, number); end.ec == std::errc() && end.ptr == last) {
      return checked(PyLong_FromLongLong(number));
    }
    unsigned long long natural = 0;
    const auto end = std::from_chars(at_, last, natural);
    if (end.ec != std::errc() || end.ptr != last) report_damage();
    return checked(PyLong_FromUnsignedLongLong(natural));
  }
  nb::object real(const char* last) const {
    double number = 0;
    const auto end = std::from_chars(at_, last, number);
    if (end.ec != std::errc() || end.ptr != last) report_damage();
    return checked(PyFloat_FromDouble(number));
  }

  /// A string without its quotes, escapes as they are.
  std::string_view raw_string() {
    take('"');
    const char* const begin = at_;
    while (true) {
      at_ = static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
      if (at_ == nullptr) report_damage();
      const char* backslash = at_;
      while (backslash != begin && backslash[-1] == '\\') --backslash;
      ++at_;
      if ((at_ - 1 - backslash) % 2 == 0) return {begin, static_cast<std::size_t>(at_ - 1 - begin)};
    }
  }
  static bool is_escaped(std::string_view raw) noexcept {
    return !raw.empty() && std::memchr(raw.data(), '\\', raw.size()) != nullptr;
  }
  nb::object field_name(std::string_view raw) { return is_escaped(raw) ? to_str(unescaped(raw)) : names_.get(raw); }
  nb::object plain_string() {
    const std::string_view raw = raw_string();
    return is_escaped(raw) ? to_str(unescaped(raw)) : to_str(raw);
  }
  nb::object text_value() {
    const std::string_view raw = raw_string();
    if (normalize_datetimes_ && may_be_date(raw)) {
      if (const auto moment = Timestamp::parse(raw)) return to_datetime(*moment);
    }
    return is_escaped(raw) ? to_str(unescaped(raw)) : to_str(raw);
  }
  nb::object timestamp() {
    if (*at_ != '"') return value(0);
    const std::string_view raw = raw_string();
    const auto moment = Timestamp::parse(raw);
    return moment ? to_datetime(*moment) : to_str(raw);
  }

  /// Only control characters are written by number, so that each stands for one byte.
  static std::string unescaped(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '\\') {
        text += raw[i];
        continue;
      }
      if (++i == raw.size()) report_damage();
      if (raw[i] == 'u') {
        unsigned code = 0;
        const std::string_view digits = raw.substr(i + 1, 4);
        const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        if (digits.size() != 4 || end.ptr != digits.data() + 4 || code > 0x7f) report_damage();
        text += static_cast<char>(code);
        i += 4;
        continue;
      }
      constexpr std::string_view kLetters = "\"\\/bfnrt";
      constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
      const std::size_t letter = kLetters.find(raw[i]);
      if (letter == std::string_view::npos) report_damage();
      text += kMeanings[letter];
    }
    return text;
  }

  static constexpr int kMaxDepth = 101;  // those that a store accepts, and one for the outermost object

  const char* at_;
  const char* const end_;
  FieldNames& names_;
  const bool normalize_datetimes_;
  bool is_flat_ = true;
};

namespace {

nb::object to_object(const Value& value) {
  struct Make {
    nb::object operator()(std::monostate) const { return nb::none(); }
    nb::object operator()(bool flag) const { return nb::borrow(flag ? Py_True : Py_False); }
    nb::object operator()(std::int64_t number) const { return checked(PyLong_FromLongLong(number)); }
    nb::object operator()(double number) const { return checked(PyFloat_FromDouble(number)); }
    nb::object operator()(const std::string& text) const { return to_str(text); }
  };
  return std::visit(Make(), value);
}

}  // namespace

nb::object ItemReader::item(const Record& record) {
  constexpr std::size_t kLongestKept = 1024;  // bytes of text: what is kept stays below a megabyte or so
  Recent& recent = recent_[record.sequence() % recent_.size()];
  const bool again = recent.sequence == record.sequence();
  if (again && recent.dict.is_valid()) return checked(PyDict_Copy(recent.dict.ptr()));
  bool is_flat = true;
  nb::object dict = make(record, is_flat);
  recent.dict.reset();
  recent.sequence = record.sequence();
  if (again && is_flat && record.data_text().size() <= kLongestKept) recent.dict = checked(PyDict_Copy(dict.ptr()));
  return dict;
}

nb::object ItemReader::make(const Record& record, bool& is_flat) {
  bool has_timestamp = false;
  Text text(record.data_text(), names_, normalize_datetimes_);
  nb::object dict = text.fields(has_timestamp);
  is_flat = text.is_flat();
  if (!has_timestamp) {
    if (const auto timestamp = record.timestamp()) put(dict, names_.get("timestamp"), to_datetime(*timestamp));
  }
  put(dict, names_.get("value"), to_object(record.value()));
  return dict;
}

nb::object ItemReader::record(const Record& record) {
  nb::object dict = item(record);
  put(dict, names_.get("version"), checked(PyLong_FromUnsignedLong(record.version())));
  put(dict, names_.get("sequence"), checked(PyLong_FromUnsignedLongLong(record.sequence())));
  put(dict, names_.get("updated_at"), to_datetime(record.updated_at()));
  return dict;
}

nb::object ItemReader::items(const Items& items) {
  nb::object dict = checked(PyDict_New());
  bool is_flat = true;
  for (const Record& record : items) put(dict, to_str(record.item_name()), make(record, is_flat));
  return dict;
}

}  // namespace cfp::python
