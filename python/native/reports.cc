#include "reports.h"

#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.h"
#include "datetimes.h"
#include "messages.h"
#include "options.h"
#include "waiting.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

LogSink sink_of(const std::shared_ptr<Messages>& messages) {
  return [messages](LogLevel level, std::string_view text) { messages->put(level, text); };
}

RestoreTarget to_target(nb::handle sequence, nb::handle time) {
  if (!sequence.is_none() && !time.is_none()) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument, "sequence, time: give one of them, or none");
  }
  if (!time.is_none()) return RestoreTarget::time(*to_timestamp(time, "time"));
  if (sequence.is_none()) return RestoreTarget::everything();
  if (!PyLong_Check(sequence.ptr()) || PyBool_Check(sequence.ptr())) throw InvalidTypeError("sequence: must be an int");
  const unsigned long long last = PyLong_AsUnsignedLongLong(sequence.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    throw CollectionFastPersistError(ErrorCode::invalid_argument, "sequence: is out of range");
  }
  return RestoreTarget::sequence(last);
}

const char* name_of(RepairAction action) {
  switch (action) {
    case RepairAction::finish:
      return "finish";
    case RepairAction::write_segment:
      return "write_segment";
    case RepairAction::write_history:
      return "write_history";
    case RepairAction::set_aside:
      return "set_aside";
  }
  return "";
}

void bind_backup_info(nb::module_& module) {
  nb::class_<BackupInfo>(module, "BackupInfo",
                         "A backup: a file `{date}/storage_history.duckdb.backup`, which holds every record through "
                         "its watermark and was read in full before it got that name.")
      .def_ro("path", &BackupInfo::path)
      .def_prop_ro(
          "date", [](const BackupInfo& self) { return to_date(std::chrono::sys_days(self.date.day())); },
          nb::sig("def date(self) -> datetime.date"), "Of its directory.")
      .def_ro("is_readable", &BackupInfo::is_readable, "When false, `problem` says why.")
      .def_ro("problem", &BackupInfo::problem)
      .def_ro("store_id", &BackupInfo::store_id)
      .def_ro("watermark", &BackupInfo::watermark, "It holds every record up to this sequence.")
      .def_ro("rows", &BackupInfo::rows)
      .def_ro("bytes", &BackupInfo::bytes)
      .def_prop_ro(
          "made_at", [](const BackupInfo& self) { return to_datetime(self.made_at); },
          nb::sig("def made_at(self) -> datetime.datetime"), "UTC.")
      .def("__repr__", [](const BackupInfo& self) {
        return "BackupInfo(path='" + self.path.string() + "', watermark=" + std::to_string(self.watermark) +
               ", rows=" + std::to_string(self.rows) + (self.is_readable ? ")" : ", is_readable=False)");
      });
}

void bind_repair_report(nb::module_& module) {
  nb::class_<RepairStep>(module, "RepairStep", "One thing that a repair does, or would do.")
      .def_prop_ro(
          "action", [](const RepairStep& self) { return name_of(self.action); },
          "'finish', 'write_segment', 'write_history' or 'set_aside'.")
      .def_ro("file", &RepairStep::file, "In base_dir.")
      .def_ro("offset", &RepairStep::offset, "set_aside: where the damage begins, in bytes.")
      .def_ro("bytes", &RepairStep::bytes)
      .def_ro("text", &RepairStep::text, "For people.")
      .def("__repr__", [](const RepairStep& self) { return "RepairStep('" + self.text + "')"; });
  nb::class_<MissingSequences>(module, "MissingSequences",
                               "Sequences, first and last included, that the store lacks for good.")
      .def_ro("first", &MissingSequences::first)
      .def_ro("last", &MissingSequences::last)
      .def_ro("acknowledged", &MissingSequences::acknowledged,
              "So many of them, the first ones, were acknowledged for certain.")
      .def("__repr__", [](const MissingSequences& self) {
        return "MissingSequences(first=" + std::to_string(self.first) + ", last=" + std::to_string(self.last) +
               ", acknowledged=" + std::to_string(self.acknowledged) + ")";
      });
  nb::class_<RepairReport>(module, "RepairReport", "What a repair did, or would do.")
      .def_ro("steps", &RepairReport::steps, "In their order; empty: there is nothing to repair.")
      .def_ro("missing", &RepairReport::missing, "Ascending.")
      .def_ro("done", &RepairReport::done, "Whether the steps were carried out.")
      .def_ro("opens", &RepairReport::opens, "Whether the store opens now, as far as damage is concerned.")
      .def("__repr__", [](const RepairReport& self) {
        return "RepairReport(steps=" + std::to_string(self.steps.size()) + (self.done ? ", done" : ", not done") +
               (self.opens ? ", opens)" : ", does not open)");
      });
}

void bind_restore_report(nb::module_& module) {
  nb::class_<RestoreReport>(module, "RestoreReport", "What a restore made.")
      .def_ro("through", &RestoreReport::through, "Sequence of the last record; 0: the store is empty.")
      .def_ro("records", &RestoreReport::records)
      .def_ro("items", &RestoreReport::items)
      .def_prop_ro(
          "last_updated_at",
          [](const RestoreReport& self) {
            return self.last_updated_at ? to_datetime(*self.last_updated_at) : nb::none();
          },
          nb::sig("def last_updated_at(self) -> datetime.datetime | None"))
      .def_ro("source", &RestoreReport::source, "What its history was made of; empty: the log.")
      .def("__repr__", [](const RestoreReport& self) {
        return "RestoreReport(through=" + std::to_string(self.through) + ", records=" + std::to_string(self.records) +
               ", items=" + std::to_string(self.items) + ")";
      });
}

}  // namespace

void bind_reports(nb::module_& module) {
  bind_backup_info(module);
  bind_repair_report(module);
  bind_restore_report(module);
  module.def(
      "list_backups",
      [](nb::handle base_dir, bool verify) {
        return wait_interruptibly(
            [path = to_path(base_dir, "base_dir"), verify] { return list_backups(path, verify); });
      },
      nb::arg("base_dir").none(), nb::arg("verify") = false);
  module.def(
      "repair",
      [](nb::handle base_dir, nb::handle options, std::shared_ptr<Messages> messages) {
        RepairOptions native = to_repair_options(options);
        native.log_sink = sink_of(messages);
        return wait_interruptibly([path = to_path(base_dir, "base_dir"), native] { return repair(path, native); });
      },
      nb::arg("base_dir").none(), nb::arg("options"), nb::arg("messages"));
  module.def(
      "restore",
      [](nb::handle base_dir, nb::handle into, nb::handle sequence, nb::handle time, nb::handle options,
         std::shared_ptr<Messages> messages) {
        RestoreOptions native = to_restore_options(options);
        native.log_sink = sink_of(messages);
        return wait_interruptibly([from = to_path(base_dir, "base_dir"), to = to_path(into, "into"),
                                   target = to_target(sequence, time),
                                   native] { return restore(from, to, target, native); });
      },
      nb::arg("base_dir").none(), nb::arg("into").none(), nb::arg("sequence").none(), nb::arg("time").none(),
      nb::arg("options"), nb::arg("messages"));
}

}  // namespace cfp::python
