#include "query.h"

#include <optional>
#include <string>

#include "arguments.h"
#include "cfp/arrow.h"
#include "datetimes.h"
#include "waiting.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

// Read without the interpreter's lock, then made into objects.
constexpr std::size_t kBlockRows = 4096;

nb::object decimal(const std::string& text) {
  return nb::module_::import_("decimal").attr("Decimal")(nb::str(text.data(), text.size()));
}

/// A type that has no Cell of its own comes as text; Python has one for some of them.
nb::object from_text(const std::string& text, std::string_view type) {
  const nb::str made(text.data(), text.size());
  if (type.starts_with("DECIMAL")) return decimal(text);
  if (type == "HUGEINT" || type == "UHUGEINT") return nb::steal(PyLong_FromString(text.c_str(), nullptr, 10));
  if (type == "UUID") return nb::module_::import_("uuid").attr("UUID")(made);
  return made;
}

nb::object to_object(const Cell& cell, std::string_view type) {
  struct Make {
    std::string_view type;
    nb::object operator()(std::monostate) const { return nb::none(); }
    nb::object operator()(bool flag) const { return nb::bool_(flag); }
    nb::object operator()(std::int64_t number) const { return nb::int_(number); }
    nb::object operator()(std::uint64_t number) const { return nb::int_(number); }
    nb::object operator()(double number) const { return nb::float_(number); }
    nb::object operator()(const std::string& text) const { return from_text(text, type); }
    nb::object operator()(Timestamp::Micros moment) const {
      return type == "TIMESTAMP WITH TIME ZONE" ? to_datetime(Timestamp(moment)) : to_naive_datetime(moment);
    }
    nb::object operator()(std::chrono::sys_days day) const { return to_date(day); }
  };
  nb::object made = std::visit(Make{type}, cell);
  if (!made.is_valid()) nb::raise_python_error();
  return made;
}

std::vector<Value> to_parameters(nb::handle parameters) {
  std::vector<Value> values;
  if (parameters.is_none()) return values;
  if (!PyList_Check(parameters.ptr()) && !PyTuple_Check(parameters.ptr())) {
    throw InvalidTypeError(std::string("parameters: must be a list or tuple, one value for each ?, not ") +
                           Py_TYPE(parameters.ptr())->tp_name);
  }
  for (const nb::handle parameter : parameters) values.push_back(to_parameter(parameter, values.size()));
  return values;
}

[[noreturn]] void refuse_limit(const char* what, const char* wanted, nb::handle argument) {
  throw InvalidTypeError(std::string(what) + ": must be " + wanted + " or None, not " +
                         Py_TYPE(argument.ptr())->tp_name);
}

std::optional<double> to_time_limit(nb::handle argument) {
  if (argument.is_none()) return std::nullopt;
  const bool is_number =
      PyFloat_Check(argument.ptr()) || (PyLong_Check(argument.ptr()) && !PyBool_Check(argument.ptr()));
  if (!is_number) refuse_limit("time_limit_seconds", "a number", argument);
  const double seconds = PyFloat_AsDouble(argument.ptr());
  if (PyErr_Occurred() != nullptr) nb::raise_python_error();
  return seconds;
}

std::optional<std::uint64_t> to_row_limit(nb::handle argument) {
  if (argument.is_none()) return std::nullopt;
  if (!PyLong_Check(argument.ptr()) || PyBool_Check(argument.ptr())) refuse_limit("row_limit", "an int", argument);
  int overflow = 0;
  const long long rows = PyLong_AsLongLongAndOverflow(argument.ptr(), &overflow);
  if (overflow == 0 && rows >= 0) return static_cast<std::uint64_t>(rows);
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   "row_limit: must be 0 to 9223372036854775807, or None for none");
}

}  // namespace

Rows::Rows(std::shared_ptr<CollectionFastPersist> store, QueryResult result)
    : store_(std::move(store)), result_(std::move(result)) {}

nb::object Rows::description() const {
  nb::list columns;
  for (const ColumnDescription& column : result_.description()) {
    columns.append(nb::make_tuple(nb::str(column.name.data(), column.name.size()),
                                  nb::str(column.type.data(), column.type.size()), nb::none(), nb::none(), nb::none(),
                                  nb::none(), nb::none()));
  }
  return columns;
}

nb::object Rows::to_tuple(const Row& row) const {
  nb::object tuple = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(row.size())));
  if (!tuple.is_valid()) nb::raise_python_error();
  for (std::size_t i = 0; i < row.size(); ++i) {
    PyTuple_SetItem(tuple.ptr(), static_cast<Py_ssize_t>(i),
                    to_object(row[i], result_.description()[i].type).release().ptr());
  }
  return tuple;
}

nb::object Rows::fetchone() {
  const nb::list rows = fetchmany(1);
  return nb::len(rows) == 0 ? nb::none() : nb::object(rows[0]);
}

nb::list Rows::fetchmany(std::size_t count) {
  nb::list all;
  while (nb::len(all) < count) {
    const std::size_t wanted = std::min(kBlockRows, count - nb::len(all));
    std::vector<Row> rows;
    {
      const Released released;
      const std::lock_guard lock(mutex_);
      rows = result_.fetchmany(wanted);
    }
    for (const Row& row : rows) all.append(to_tuple(row));
    if (rows.size() < wanted) break;
    answer_signals();
  }
  return all;
}

nb::list Rows::fetchall() { return fetchmany(static_cast<std::size_t>(-1)); }

nb::object Rows::arrow_stream() {
  const auto release = [](PyObject* capsule) {
    const auto* const name = PyCapsule_GetName(capsule);
    auto* const stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, name));
    if (stream->release != nullptr) stream->release(stream);  // nobody took it
    delete stream;
  };
  auto stream = std::make_unique<ArrowArrayStream>();
  {
    const Released released;
    const std::lock_guard lock(mutex_);
    result_.export_arrow(stream.get());
  }
  nb::object capsule = nb::steal(PyCapsule_New(stream.get(), "arrow_array_stream", release));
  if (!capsule.is_valid()) {
    stream->release(stream.get());
    nb::raise_python_error();
  }
  static_cast<void>(stream.release());  // the capsule's now
  return capsule;
}

std::unique_ptr<Rows> Connection::execute(nb::handle sql, nb::handle parameters) {
  const std::string text(to_name(sql, "sql"));
  const std::vector<Value> values = to_parameters(parameters);
  const std::shared_ptr<CollectionFastPersist> store = store_.lock();
  if (!store) throw CollectionFastPersistError(ErrorCode::closed, "The store is gone; open it again.");
  QueryResult result = wait_interruptibly([store, history = history_, text, values] {
    return (history ? store->history_conn() : store->latest_conn()).execute(text, values);
  });
  return std::make_unique<Rows>(store, std::move(result));
}

std::unique_ptr<Rows> query_store(const std::shared_ptr<CollectionFastPersist>& store, nb::handle sql,
                                  nb::handle parameters, nb::handle time_limit_seconds, nb::handle row_limit) {
  const std::string text(to_name(sql, "query"));
  const std::vector<Value> values = to_parameters(parameters);
  const QueryLimits limits{to_time_limit(time_limit_seconds), to_row_limit(row_limit)};
  QueryResult result = wait_interruptibly([store, text, values, limits] { return store->sql(text, values, limits); });
  return std::make_unique<Rows>(store, std::move(result));
}

}  // namespace cfp::python
