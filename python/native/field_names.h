#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cfp::python {

/// Remembers the str objects of field names: items of one kind have the same few names, and a str that is there
/// already, with its hash, is far cheaper than a new one.
/// Threads: whoever has the interpreter's lock.
class FieldNames {
 public:
  /// The str of UTF-8 text.
  nanobind::object get(std::string_view name) {
    Slot& slot = slots_[fingerprint(name) >> 55U];
    if (slot.text != name) {
      nanobind::object made =
          nanobind::steal(PyUnicode_DecodeUTF8(name.data(), static_cast<Py_ssize_t>(name.size()), nullptr));
      if (!made.is_valid()) nanobind::raise_python_error();
      if (name.size() > kLongest) return made;
      Py_ssize_t size = 0;
      const char* const text = PyUnicode_AsUTF8AndSize(made.ptr(), &size);  // lives as long as the str
      if (text == nullptr) nanobind::raise_python_error();
      slot.text = {text, static_cast<std::size_t>(size)};
      slot.name = std::move(made);
    }
    return slot.name;
  }

 private:
  static constexpr std::size_t kLongest = 64;
  struct Slot {
    std::string_view text{};
    nanobind::object name = nanobind::str("");
  };

  static std::uint64_t fingerprint(std::string_view name) noexcept {
    std::uint64_t front = 0;
    std::uint64_t back = 0;
    if (name.size() >= sizeof front) {
      std::memcpy(&front, name.data(), sizeof front);
      std::memcpy(&back, name.data() + name.size() - sizeof back, sizeof back);
    } else {
      for (const char c : name) front = front << 8U | static_cast<unsigned char>(c);
    }
    return (front ^ (back * 31) ^ name.size()) * 0x9e3779b97f4a7c15ULL;
  }

  std::array<Slot, 512> slots_;
};

}  // namespace cfp::python
