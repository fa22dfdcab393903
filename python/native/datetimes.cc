#include "datetimes.h"

#include <Python.h>
#include <datetime.h>

#include <array>
#include <cstdio>

#include "refusal.h"

// Python has it from 3.10.
#ifndef PyDateTime_DATE_GET_TZINFO
#define PyDateTime_DATE_GET_TZINFO(object)                      \
  (reinterpret_cast<_PyDateTime_BaseTZInfo*>(object)->hastzinfo \
       ? reinterpret_cast<PyDateTime_DateTime*>(object)->tzinfo \
       : Py_None)
#endif

namespace nb = nanobind;

namespace cfp::python {
namespace {

/// Whole minutes east of UTC; 0 for a naive one.
int offset_minutes(PyObject* datetime) {
  if (PyDateTime_DATE_GET_TZINFO(datetime) == Py_None) return 0;
  if (PyDateTime_DATE_GET_TZINFO(datetime) == PyDateTime_TimeZone_UTC) return 0;
  const nb::object offset = nb::handle(datetime).attr("utcoffset")();
  if (offset.is_none()) return 0;
  if (!PyDelta_Check(offset.ptr())) throw Refusal("its utcoffset() is no timedelta");
  const int seconds = PyDateTime_DELTA_GET_DAYS(offset.ptr()) * 86'400 + PyDateTime_DELTA_GET_SECONDS(offset.ptr());
  if (seconds % 60 != 0 || PyDateTime_DELTA_GET_MICROSECONDS(offset.ptr()) != 0) {
    throw Refusal("its offset from UTC is not in whole minutes; convert it to UTC first: .astimezone(timezone.utc)");
  }
  return seconds / 60;
}

/// pandas timestamps are datetimes with nanoseconds beside; its NaT is a datetime too, of nan.
void refuse_nanoseconds(PyObject* datetime) {
  if (PyDateTime_CheckExact(datetime)) return;
  const nb::object rest = nb::getattr(nb::handle(datetime), "nanosecond", nb::int_(0));
  if (!PyLong_Check(rest.ptr())) throw Refusal("is no moment (NaT?); store None");
  if (!rest.equal(nb::int_(0))) {
    throw Refusal("has nanoseconds, which would be lost; round it to microseconds first: .floor('us')");
  }
}

nb::object zone_of(std::chrono::minutes offset) {
  if (offset.count() == 0) return nb::borrow(PyDateTime_TimeZone_UTC);
  const nb::object delta = nb::steal(PyDelta_FromDSU(0, static_cast<int>(offset.count() * 60), 0));
  if (!delta.is_valid()) nb::raise_python_error();
  nb::object zone = nb::steal(PyTimeZone_FromOffset(delta.ptr()));
  if (!zone.is_valid()) nb::raise_python_error();
  return zone;
}

nb::object make(Timestamp::Micros local, PyObject* zone) {
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(local - day);
  nb::object result = nb::steal(PyDateTimeAPI->DateTime_FromDateAndTime(
      static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
      static_cast<int>(static_cast<unsigned>(date.day())), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
      static_cast<int>(time.subseconds().count()), zone, PyDateTimeAPI->DateTimeType));
  if (!result.is_valid()) nb::raise_python_error();
  return result;
}

}  // namespace

void import_datetimes() {
  PyDateTime_IMPORT;
  if (PyDateTimeAPI == nullptr) nb::raise_python_error();
}

bool append_datetime(std::string& out, PyObject* object) {
  if (!PyDate_Check(object)) return false;
  std::array<char, 48> text{};
  int size = std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", PyDateTime_GET_YEAR(object),
                           PyDateTime_GET_MONTH(object), PyDateTime_GET_DAY(object));
  if (PyDateTime_Check(object)) {
    refuse_nanoseconds(object);
    const int offset = offset_minutes(object);
    const int distance = offset < 0 ? -offset : offset;
    size += std::snprintf(
        text.data() + size, text.size() - static_cast<std::size_t>(size), "T%02d:%02d:%02d.%06d%c%02d:%02d",
        PyDateTime_DATE_GET_HOUR(object), PyDateTime_DATE_GET_MINUTE(object), PyDateTime_DATE_GET_SECOND(object),
        PyDateTime_DATE_GET_MICROSECOND(object), offset < 0 ? '-' : '+', distance / 60, distance % 60);
  }
  const std::string_view written(text.data(), static_cast<std::size_t>(size));
  if (!Timestamp::parse(written)) throw Refusal("is outside of the years 1 to 9999 in UTC");
  out += written;
  return true;
}

nb::object to_datetime(const Timestamp& timestamp) {
  return make(timestamp.utc() + timestamp.offset(), zone_of(timestamp.offset()).ptr());
}

nb::object to_naive_datetime(Timestamp::Micros utc) { return make(utc, Py_None); }

nb::object to_date(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  nb::object result =
      nb::steal(PyDate_FromDate(static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
                                static_cast<int>(static_cast<unsigned>(date.day()))));
  if (!result.is_valid()) nb::raise_python_error();
  return result;
}

std::optional<Date> to_store_date(PyObject* object) {
  if (!PyDate_Check(object)) return std::nullopt;
  return Date(std::chrono::year_month_day(std::chrono::year(PyDateTime_GET_YEAR(object)),
                                          std::chrono::month(static_cast<unsigned>(PyDateTime_GET_MONTH(object))),
                                          std::chrono::day(static_cast<unsigned>(PyDateTime_GET_DAY(object)))));
}

}  // namespace cfp::python
