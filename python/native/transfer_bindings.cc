#include <string>
#include <vector>

#include "arguments.h"
#include "store.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace cfp::python {
namespace {

template <class T>
struct Choice {
  const char* name;
  T value;
};
constexpr Choice<FileFormat> kFormats[] = {
    {"jsonl", FileFormat::jsonl}, {"csv", FileFormat::csv}, {"parquet", FileFormat::parquet}};
constexpr Choice<ExportedTable> kTables[] = {{"latest", ExportedTable::latest}, {"history", ExportedTable::history}};

template <class T, std::size_t kCount>
T to_choice(nb::handle argument, const char* what, const Choice<T> (&choices)[kCount]) {
  const std::string_view given = to_name(argument, what);
  std::string known;
  for (const Choice<T>& choice : choices) {
    if (given == choice.name) return choice.value;
    known += (known.empty() ? "" : ", ") + std::string(choice.name);
  }
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   std::string(what) + ": '" + std::string(given) + "' is none of " + known);
}

std::optional<FileFormat> to_format(nb::handle argument) {
  return argument.is_none() ? std::nullopt : std::optional(to_choice(argument, "format", kFormats));
}

std::vector<std::string> to_names(nb::handle argument, const char* what) {
  std::vector<std::string> names;
  for (const nb::handle name : nb::cast<nb::list>(argument)) names.emplace_back(to_name(name, what));
  return names;
}

/// Tells Python's callback, if there is one, and answers Ctrl-C. What it raises ends the transfer.
TransferCallback to_callback(nb::handle progress) {
  return [progress](const TransferProgress& so_far) {
    const nb::gil_scoped_acquire acquired;
    if (on_main_thread()) answer_signals();
    if (progress.is_none()) return;
    progress(so_far.records, so_far.total ? nb::cast(*so_far.total) : nb::none(), so_far.checking);
  };
}

nb::tuple export_to(Store& store, nb::handle path, nb::handle format, nb::handle table, nb::handle partition_by,
                    nb::handle progress) {
  const auto engine = store.engine();
  const std::filesystem::path target = to_path(path, "path");
  const ExportOptions options{to_format(format), to_choice(table, "table", kTables),
                              to_names(partition_by, "partition_by"), to_callback(progress)};
  ExportResult result;
  {
    const Released released;
    result = engine->export_records(target, options);
  }
  return nb::make_tuple(result.records, result.last_sequence);
}

nb::tuple import_from(Store& store, nb::handle path, nb::handle format, nb::handle skip_rows, nb::handle progress) {
  const auto engine = store.engine();
  const std::filesystem::path source = to_path(path, "path");
  const ImportOptions options{to_format(format), to_optional_sequence(skip_rows, "skip_rows").value_or(0),
                              to_callback(progress)};
  ImportResult result;
  {
    const Released released;
    result = engine->import_records(source, options);
  }
  return nb::make_tuple(result.rows, result.stored, result.deleted, result.last_sequence);
}

}  // namespace

void bind_transfer(nb::class_<Store>& store) {
  store.def("export_to", &export_to, "path"_a.none(), "format"_a.none(), "table"_a.none(), "partition_by"_a,
            "progress"_a.none(),
            nb::sig("def export_to(self, path: str | os.PathLike[str], format: str | None, table: str, partition_by: "
                    "list[str], progress: collections.abc.Callable[[int, int | None, bool], object] | None) -> "
                    "tuple[int, int]"));
  store.def("import_from", &import_from, "path"_a.none(), "format"_a.none(), "skip_rows"_a.none(), "progress"_a.none(),
            nb::sig("def import_from(self, path: str | os.PathLike[str], format: str | None, skip_rows: int, progress: "
                    "collections.abc.Callable[[int, int | None, bool], object] | None) -> tuple[int, int, int, int]"));
}

}  // namespace cfp::python
