#include <nanobind/stl/unique_ptr.h>

#include "query.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

nb::object frame(const char* kind, nb::handle result) {
  return nb::module_::import_("collection_fast_persist._frames").attr(kind)(result);
}

}  // namespace

void bind_queries(nb::module_& module) {
  nb::class_<Rows>(module, "QueryResult",
                   "The rows of one query, read from DuckDB as they are fetched. Threads: any, one after the other. "
                   "Calls raise an error with the code 'closed' once the store is closed.")
      .def_prop_ro("description", &Rows::description,
                   nb::sig("def description(self) -> list[tuple[str, str, None, None, None, None, None]]"),
                   "Name and DuckDB type of each column, in the shape of the Python database interface (PEP 249).")
      .def("fetchone", &Rows::fetchone, nb::sig("def fetchone(self) -> tuple[typing.Any, ...] | None"),
           "The next row, or None at the end. TIMESTAMP columns are naive datetimes in UTC, as DuckDB's own module "
           "gives them; types without a Python counterpart (LIST, INTERVAL, ...) are text.")
      .def("fetchmany", &Rows::fetchmany, nb::arg("size") = 1,
           nb::sig("def fetchmany(self, size: int = 1) -> list[tuple[typing.Any, ...]]"), "At most `size` rows.")
      .def("fetchall", &Rows::fetchall, nb::sig("def fetchall(self) -> list[tuple[typing.Any, ...]]"),
           "All rows that are left.")
      .def(
          "arrow", [](nb::handle self) { return frame("arrow", self); }, nb::sig("def arrow(self) -> typing.Any"),
          "The rows that are left, as a pyarrow.Table. Needs pyarrow.")
      .def(
          "df", [](nb::handle self) { return frame("df", self); }, nb::sig("def df(self) -> typing.Any"),
          "The rows that are left, as a pandas.DataFrame. Needs pandas; with pyarrow it is faster, and integers with "
          "NULL stay exact.")
      .def(
          "__arrow_c_stream__", [](Rows& self, nb::handle) { return self.arrow_stream(); },
          nb::arg("requested_schema") = nb::none(),
          nb::sig("def __arrow_c_stream__(self, requested_schema: object | None = None) -> object"),
          "The rows that are left, as a capsule of the Arrow C stream interface: pyarrow, polars, pandas and duckdb "
          "take this object as it is.");

  nb::class_<Connection>(module, "QueryConnection",
                         "Read-only SQL over one of the two tables, on the store's own DuckDB. Threads: any.")
      .def("execute", &Connection::execute, nb::arg("sql").none(), nb::arg("parameters") = nb::none(),
           nb::sig("def execute(self, sql: str, parameters: collections.abc.Sequence[object] | None = None) -> "
                   "QueryResult"),
           "Runs one SELECT or EXPLAIN; `parameters` replace `?`, or `$1`, `$2`, ... Everything acknowledged before "
           "the call is visible. What writes, "
           "attaches, reads files or checkpoints is refused (code 'sql').");
}

}  // namespace cfp::python
