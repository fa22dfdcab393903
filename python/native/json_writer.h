#pragma once

#include <Python.h>

#include <string>

namespace cfp::python {

/// Appends the JSON text of a dict, straight from its objects: str, int, float, bool, None, dict, list, tuple (a
/// list), datetime and date (ISO text with the offset), and subclasses of these; numbers, bools and timestamps of
/// numpy and pandas.
/// Throws InvalidRecordError with the path ("data.address[2].zip: ...") for anything else, and for a container that
/// changes while it is read. Needs the interpreter's lock.
void append_data(std::string& out, PyObject* dict);

}  // namespace cfp::python
