#include "json_writer.h"

#include <nanobind/nanobind.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "cfp/error.h"
#include "datetimes.h"
#include "errors.h"
#include "refusal.h"
#include "scalars.h"
#include "text.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

constexpr std::size_t kMaxDepth = 100;

void append_text(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t written = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, written, i - written);
    written = i + 1;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += static_cast<char>(byte);
    } else {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out.append(text, written);
  out += '"';
}

/// A name for people: cut where it is long, and "?" where it is no text.
void append_name(std::string& path, PyObject* name) {
  constexpr Py_ssize_t kLongestName = 64;
  const nb::object shown = nb::steal(PyUnicode_Check(name) ? PyUnicode_Substring(name, 0, kLongestName) : nullptr);
  const char* const text = shown.is_valid() ? PyUnicode_AsUTF8(shown.ptr()) : nullptr;
  PyErr_Clear();
  path += text == nullptr ? "?" : text;
}

template <class Number>
void append_number(std::string& out, Number number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number);
  const std::string_view written(text, static_cast<std::size_t>(end.ptr - text));
  out += written;
  // A float stays one, also a whole one.
  if (std::is_floating_point_v<Number> && written.find_first_of(".e") == std::string_view::npos) out += ".0";
}

/// Writes one document. What it is at is kept in `path_`, which an exception leaves as it was.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void object(PyObject* dict);
  [[nodiscard]] std::string path() const;

 private:
  /// A container that has not ended: a dict with the name it is at, or a list with the index.
  struct Step {
    nb::object name;
    Py_ssize_t index = -1;
  };

  void begin(char bracket);
  void end(char bracket);
  void field(PyObject* name, PyObject* value);
  void array(PyObject* sequence);
  void value(PyObject* object);
  void integer(PyObject* object);

  std::string& out_;
  std::vector<Step> path_;
};

void Writer::begin(char bracket) {
  if (path_.size() >= kMaxDepth) throw Refusal("is nested deeper than 100 levels, or contains itself");
  path_.emplace_back();
  out_ += bracket;
}

void Writer::end(char bracket) {
  path_.pop_back();
  if (out_.back() == ',') {
    out_.back() = bracket;
  } else {
    out_ += bracket;
  }
}

void Writer::object(PyObject* dict) {
  begin('{');
  if (PyDict_CheckExact(dict)) {
    const Py_ssize_t size = PyDict_Size(dict);
    Py_ssize_t at = 0;
    PyObject* name = nullptr;
    PyObject* value = nullptr;
    while (PyDict_Next(dict, &at, &name, &value)) {
      // Python code may run below (a tzinfo's, a scalar's), and so may other threads: keep both alive.
      const nb::object kept = nb::borrow(value);
      field(name, value);
      if (PyDict_Size(dict) != size) throw Refusal("the dict changed while it was stored; store a copy of it");
    }
  } else {
    const nb::object items = nb::steal(PyMapping_Items(dict));  // a subclass has an order of its own
    if (!items.is_valid()) nb::raise_python_error();
    for (const nb::handle item : items) field(nb::object(item[0]).ptr(), nb::object(item[1]).ptr());
  }
  end('}');
}

void Writer::field(PyObject* name, PyObject* field_value) {
  path_.back().name = nb::borrow(name);
  if (!PyUnicode_Check(name)) {
    throw WrongType(std::string("a field name must be a str, not ") + Py_TYPE(name)->tp_name);
  }
  append_text(out_, utf8(name));
  out_ += ':';
  value(field_value);
  out_ += ',';
}

void Writer::array(PyObject* sequence) {
  begin('[');
  const bool is_list = PyList_Check(sequence);
  const Py_ssize_t size = PySequence_Size(sequence);
  for (Py_ssize_t i = 0; i < size; ++i) {
    path_.back().index = i;
    if (is_list && PyList_Size(sequence) != size)
      throw Refusal("the list changed while it was stored; store a copy of it");
    const nb::object element = nb::borrow(is_list ? PyList_GetItem(sequence, i) : PyTuple_GetItem(sequence, i));
    value(element.ptr());
    out_ += ',';
  }
  end(']');
}

void Writer::integer(PyObject* object) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow == 0) return append_number(out_, number);
  if (overflow > 0) {
    const unsigned long long natural = PyLong_AsUnsignedLongLong(object);
    if (PyErr_Occurred() == nullptr) return append_number(out_, natural);
    PyErr_Clear();
  }
  throw Refusal("an int outside of 64 bits cannot be stored exactly; store it as text");
}

void Writer::value(PyObject* object) {
  if (PyUnicode_Check(object)) return append_text(out_, utf8(object));
  if (object == Py_None) {
    out_ += "null";
  } else if (object == Py_True || object == Py_False) {
    out_ += object == Py_True ? "true" : "false";
  } else if (PyLong_Check(object)) {
    integer(object);
  } else if (PyFloat_Check(object)) {
    const double number = PyFloat_AsDouble(object);
    if (!std::isfinite(number)) throw Refusal("NaN and infinities have no place in JSON; store None or text");
    append_number(out_, number);
  } else if (PyDict_Check(object)) {
    this->object(object);
  } else if (PyList_Check(object) || PyTuple_Check(object)) {
    array(object);
  } else {
    const std::size_t quote = out_.size();
    out_ += '"';
    if (append_datetime(out_, object)) {
      out_ += '"';
      return;
    }
    out_.resize(quote);
    value(plain_scalar(object).ptr());
  }
}

std::string Writer::path() const {
  std::string path = "data";
  for (const Step& step : path_) {
    if (step.index >= 0) {
      path += '[' + std::to_string(step.index) + ']';
    } else if (step.name.is_valid()) {
      path += '.';
      append_name(path, step.name.ptr());
    }
  }
  return path;
}

}  // namespace

void append_data(std::string& out, PyObject* dict) {
  Writer writer(out);
  try {
    writer.object(dict);
  } catch (const WrongType& refusal) {
    throw InvalidTypeError(writer.path() + ": " + refusal.what());
  } catch (const Refusal& refusal) {
    throw InvalidRecordError(writer.path() + ": " + refusal.what());
  }
}

}  // namespace cfp::python
