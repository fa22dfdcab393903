#pragma once

// The only file that knows Python's datetime objects.

#include <nanobind/nanobind.h>

#include <chrono>
#include <optional>
#include <string>

#include "cfp/timestamp.h"

namespace cfp::python {

/// Loads the C interface of the datetime module; before any other call, once per process.
void import_datetimes();

/// Appends the ISO text of a date (midnight in UTC) or datetime (a naive one is UTC), with its offset; false when the
/// object is neither. Throws Refusal for what the text cannot hold: offsets that are no whole minutes, nanoseconds,
/// moments outside of the years 1 to 9999 in UTC.
bool append_datetime(std::string& out, PyObject* object);

/// A timezone-aware datetime with the offset of the timestamp.
nanobind::object to_datetime(const Timestamp& timestamp);
/// A naive datetime, as database modules give a TIMESTAMP.
nanobind::object to_naive_datetime(Timestamp::Micros utc);
nanobind::object to_date(std::chrono::sys_days day);

/// The date of a datetime (in its own zone) or date; nothing for any other object.
std::optional<Date> to_store_date(PyObject* object);

}  // namespace cfp::python
