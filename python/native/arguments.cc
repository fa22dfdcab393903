#include "arguments.h"

#include <limits>
#include <utility>

#include "datetimes.h"
#include "json_writer.h"
#include "refusal.h"
#include "scalars.h"
#include "text.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

[[noreturn]] void refuse_type(const char* what, const char* wanted, nb::handle argument) {
  throw InvalidTypeError(std::string(what) + ": must be " + wanted + ", not " + Py_TYPE(argument.ptr())->tp_name);
}

/// Runs a conversion; a refusal gets the name of the argument.
template <class Convert>
auto named(const char* what, Convert convert) {
  try {
    return convert();
  } catch (const WrongType& refusal) {
    throw InvalidTypeError(std::string(what) + ": " + refusal.what());
  } catch (const Refusal& refusal) {
    throw InvalidRecordError(std::string(what) + ": " + refusal.what());
  }
}

std::optional<Value> to_plain_value(PyObject* object) {
  if (object == Py_None) return Value();
  if (PyUnicode_Check(object)) return Value(std::string(utf8(object)));
  if (object == Py_True || object == Py_False) return Value(object == Py_True);
  if (PyFloat_Check(object)) return Value(PyFloat_AsDouble(object));
  if (!PyLong_Check(object)) return std::nullopt;
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow != 0) throw Refusal("an int outside of 64 bits cannot be stored exactly; store it as text");
  return Value(static_cast<std::int64_t>(number));
}

}  // namespace

std::string_view to_name(nb::handle argument, const char* what) {
  if (!PyUnicode_Check(argument.ptr())) refuse_type(what, "a str", argument);
  return named(what, [&] { return utf8(argument.ptr()); });
}

std::string_view to_optional_name(nb::handle argument, const char* what) {
  return argument.is_none() ? std::string_view() : to_name(argument, what);
}

std::string to_data(nb::handle argument) {
  if (!PyDict_Check(argument.ptr())) refuse_type("data", "a dict", argument);
  std::string text;
  append_data(text, argument.ptr());
  return text;
}

Value to_value(nb::handle argument) {
  return named("value", [&] {
    if (auto value = to_plain_value(argument.ptr())) return std::move(*value);
    return *to_plain_value(plain_scalar(argument.ptr()).ptr());
  });
}

Value to_parameter(nb::handle argument, std::size_t index) {
  const std::string what = "parameter " + std::to_string(index + 1);
  return named(what.c_str(), [&] {
    if (auto value = to_plain_value(argument.ptr())) return std::move(*value);
    std::string text;
    if (append_datetime(text, argument.ptr())) {
      // TIMESTAMP columns hold UTC, and DuckDB would ignore an offset there.
      std::string utc = Timestamp(Timestamp(text).utc()).to_string();
      utc.resize(utc.size() - std::string_view("+00:00").size());
      return Value(std::move(utc));
    }
    return *to_plain_value(plain_scalar(argument.ptr()).ptr());
  });
}

std::optional<Timestamp> to_timestamp(nb::handle argument, const char* what) {
  if (argument.is_none()) return std::nullopt;
  return named(what, [&]() -> std::optional<Timestamp> {
    if (PyUnicode_Check(argument.ptr())) {
      const std::string_view text = utf8(argument.ptr());
      if (auto timestamp = Timestamp::parse(text)) return timestamp;
      throw Refusal("'" + std::string(text.substr(0, 64)) +
                    "' is no ISO 8601 timestamp; write 2025-01-15T10:30:00+00:00");
    }
    std::string text;
    try {
      if (append_datetime(text, argument.ptr())) return Timestamp(text);
      if (append_datetime(text, plain_scalar(argument.ptr()).ptr())) return Timestamp(text);
    } catch (const WrongType&) {
      // as below
    }
    refuse_type(what, "a datetime, date or ISO 8601 str", argument);
  });
}

std::optional<std::string_view> to_username(nb::handle argument) {
  if (argument.is_none()) return std::nullopt;
  return to_name(argument, "username");
}

std::optional<std::uint32_t> to_version(nb::handle argument, const char* what) {
  if (argument.is_none()) return std::nullopt;
  if (!PyLong_Check(argument.ptr()) || PyBool_Check(argument.ptr())) refuse_type(what, "an int", argument);
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(argument.ptr(), &overflow);
  if (overflow == 0 && std::in_range<std::uint32_t>(number)) return static_cast<std::uint32_t>(number);
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   std::string(what) + ": must be 0 to 4294967295; versions are");
}

ChangeOptions to_change_options(nb::handle expected_version, nb::handle skip_unchanged, nb::handle reason,
                                nb::handle request_id) {
  const auto to_text = [](nb::handle argument, const char* what) {
    return argument.is_none() ? std::nullopt : std::optional<std::string>(to_name(argument, what));
  };
  if (!PyBool_Check(skip_unchanged.ptr())) refuse_type("skip_unchanged", "a bool", skip_unchanged);
  return {to_version(expected_version, "expected_version"), skip_unchanged.ptr() == Py_True, to_text(reason, "reason"),
          to_text(request_id, "request_id")};
}

std::optional<std::uint64_t> to_sequence(nb::handle argument, const char* what) {
  if (!PyLong_Check(argument.ptr()) || PyBool_Check(argument.ptr())) return std::nullopt;
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(argument.ptr(), &overflow);
  if (overflow == 0 && number >= 0) return static_cast<std::uint64_t>(number);
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   std::string(what) + ": a sequence must be 0 to 9223372036854775807");
}

std::optional<std::uint64_t> to_optional_sequence(nb::handle argument, const char* what) {
  if (argument.is_none()) return std::nullopt;
  const auto sequence = to_sequence(argument, what);
  if (!sequence) refuse_type(what, "a sequence (int) or None", argument);
  return sequence;
}

Durability to_durability(nb::handle argument, const char* what) {
  const std::string_view name = to_name(argument, what);
  if (name == "always") return Durability::always;
  if (name == "interval") return Durability::interval;
  if (name == "none") return Durability::none;
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   std::string(what) + ": must be 'always', 'interval' or 'none'");
}

std::optional<Durability> to_optional_durability(nb::handle argument) {
  if (argument.is_none()) return std::nullopt;
  return to_durability(argument, "durability");
}

std::int64_t to_limit(nb::handle argument) {
  if (!PyLong_Check(argument.ptr()) || PyBool_Check(argument.ptr())) refuse_type("limit", "an int", argument);
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(argument.ptr(), &overflow);
  return overflow > 0 ? std::numeric_limits<std::int64_t>::max() : overflow < 0 ? -1 : number;
}

AsOf to_as_of(nb::handle argument) {
  if (const auto sequence = to_sequence(argument, "as_of")) return AsOf(*sequence);
  if (const auto time = to_timestamp(argument, "as_of")) return AsOf(*time);
  refuse_type("as_of", "a datetime, ISO text or a sequence (int)", argument);
}

Date to_date_argument(nb::handle argument) {
  if (PyUnicode_Check(argument.ptr())) return Date(to_name(argument, "date"));
  if (auto date = to_store_date(argument.ptr())) return *date;
  refuse_type("date", "a date, a datetime or a str YYYY-MM-DD", argument);
}

std::filesystem::path to_path(nb::handle argument, const char* what) {
  const nb::object path = nb::steal(PyOS_FSPath(argument.ptr()));
  if (!path.is_valid()) {
    PyErr_Clear();
    refuse_type(what, "a str or os.PathLike", argument);
  }
  const nb::object bytes =
      nb::steal(PyUnicode_Check(path.ptr()) ? PyUnicode_EncodeFSDefault(path.ptr()) : PyObject_Bytes(path.ptr()));
  if (!bytes.is_valid()) {
    PyErr_Clear();
    throw CollectionFastPersistError(ErrorCode::invalid_argument, std::string(what) + ": cannot be a file name");
  }
  const std::string text(PyBytes_AsString(bytes.ptr()), static_cast<std::size_t>(PyBytes_Size(bytes.ptr())));
  if (text.find('\0') != std::string::npos) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument, std::string(what) + ": contains a NUL");
  }
  return text;
}

}  // namespace cfp::python
