#include "command.h"
#include "ctrl_c.h"
#include "exit_code.h"
#include "opened_store.h"
#include "printable.h"
#include "progress.h"
#include "units.h"

namespace cfp::cli {
namespace {

std::optional<FileFormat> format_of(const Arguments& arguments) {
  const auto name = arguments.text("--format");
  if (!name) return std::nullopt;
  return *name == "parquet" ? FileFormat::parquet : *name == "csv" ? FileFormat::csv : FileFormat::jsonl;
}

Option format_option() {
  return {.names = "-f,--format",
          .help = "jsonl, csv or parquet. Default: as the path ends.",
          .value = "FORMAT",
          .choices = {"jsonl", "csv", "parquet"}};
}

/// Draws how far a transfer is, and ends it on Ctrl-C: between two batches, so that none is half there.
TransferCallback shown_on(Progress& progress, std::uint64_t& stored) {
  return [&](const TransferProgress& state) {
    if (!state.checking) stored = state.records;
    if (ctrl_c_was_pressed()) throw Interrupted();
    progress.set_total(state.total.value_or(0));
    progress.set(state.records);
  };
}

ImportResult import_all(CollectionFastPersist& store, const Arguments& arguments, Console& console) {
  ImportOptions options;
  options.format = format_of(arguments);
  options.skip_rows = arguments.number("--skip-rows").value_or(0);
  std::uint64_t stored = 0;
  try {
    Progress progress(console, "importing");
    options.progress = shown_on(progress, stored);
    return store.import_records(arguments.required("PATH"), options);
  } catch (const Interrupted&) {
    const std::uint64_t rows = options.skip_rows + stored;
    console.note("Interrupted. " +
                 (stored == 0
                      ? "Nothing was stored."
                      : plural(stored, "row") + " are stored, in whole batches; to go on from there, say --skip-rows " +
                            std::to_string(rows) + "."));
    throw;
  }
}

int run_import(const Arguments& arguments, Console& console) {
  const std::filesystem::path path = arguments.required("PATH");
  if (!std::filesystem::exists(path)) throw NotFound("There is no file " + path.string() + " to import.");
  const auto store = open_to_write(arguments, console, Missing::make);
  listen_for_ctrl_c();
  const ImportResult result = import_all(*store, arguments, console);
  {
    const Progress progress(console, "closing");
    store->close();
  }
  if (console.json()) {
    console.object(Data()
                       .set("rows", result.rows)
                       .set("stored", result.stored)
                       .set("deleted", result.deleted)
                       .set("last_sequence", result.last_sequence));
  } else {
    console.line(plural(result.rows, "row") + " imported: " + count_text(result.stored) + " stored, " +
                 count_text(result.deleted) + " deleted, last sequence " + std::to_string(result.last_sequence));
  }
  return kOk;
}

int run_export(const Arguments& arguments, Console& console) {
  const std::filesystem::path path = arguments.required("PATH");
  ExportOptions options;
  options.format = format_of(arguments);
  options.table = arguments.text("--table") == "history" ? ExportedTable::history : ExportedTable::latest;
  options.partition_by = arguments.all("--partition-by");
  const auto store = open_to_read(arguments, console);
  listen_for_ctrl_c();
  ExportResult result;
  {
    Progress progress(console, "exporting");
    std::uint64_t written = 0;
    options.progress = shown_on(progress, written);
    result = store->export_records(path, options);
  }
  if (console.json()) {
    console.object(
        Data().set("path", path.string()).set("records", result.records).set("last_sequence", result.last_sequence));
  } else {
    console.line(plural(result.records, "record") + " exported to " + printable(path.string()) + ", as of sequence " +
                 std::to_string(result.last_sequence));
  }
  return kOk;
}

}  // namespace

Command import_command() {
  Command command{.name = "import",
                  .summary = "Store what a file of records holds; a store that is not there is made.",
                  .run = run_import};
  command.options = {
      {.names = "PATH",
       .help = "A file of JSON lines, CSV or Parquet, or a directory of them.",
       .required = true,
       .offer = Offer::files},
      format_option(),
      {.names = "--skip-rows", .help = "Leave out so many rows: to go on where an import ended.", .value = "N"}};
  command.examples = {{"cfp import items.jsonl", ""}, {"cfp import export/ --format parquet", ""}};
  return command;
}

Command export_command() {
  Command command{.name = "export", .summary = "Write records to a new file, for other programs.", .run = run_export};
  command.options = {{.names = "PATH",
                      .help = "The new file, .jsonl, .csv or .parquet; with --partition-by a directory.",
                      .required = true,
                      .offer = Offer::files},
                     format_option(),
                     {.names = "--table",
                      .help = "latest: the items that are there; history: all that was ever stored or deleted.",
                      .value = "TABLE",
                      .choices = {"latest", "history"}},
                     {.names = "--partition-by",
                      .help = "A directory for each value of this column, or of date; once for each level.",
                      .value = "COLUMN",
                      .repeats = true}};
  command.examples = {{"cfp export items.parquet", ""},
                      {"cfp export past/ --table history --format csv --partition-by date", ""}};
  return command;
}

}  // namespace cfp::cli
