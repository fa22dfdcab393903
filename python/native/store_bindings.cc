#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include "arguments.h"
#include "cfp/metrics.h"
#include "datetimes.h"
#include "query.h"
#include "reports.h"
#include "store.h"
#include "waiting.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace cfp::python {
namespace {

nb::object path_object(const std::filesystem::path& path) {
  return nb::module_::import_("pathlib").attr("Path")(
      nb::steal(PyUnicode_DecodeFSDefaultAndSize(path.c_str(), static_cast<Py_ssize_t>(path.native().size()))));
}

bool check_health(Store& store, nb::handle path, nb::handle table) {
  return wait_interruptibly(
      [engine = store.engine(), file = to_path(path, "db_path"), name = std::string(to_name(table, "table_name"))] {
        return engine->check_database_health(file, name);
      });
}

nb::object moment_or_none(const std::optional<Timestamp>& moment) { return moment ? to_datetime(*moment) : nb::none(); }

nb::dict to_dict(const Stats& stats) {
  nb::dict all;
  all["cache_size"] = stats.cache_size;
  all["pending_writes"] = stats.pending_writes;
  all["modified_records"] = stats.modified_records;
  all["current_wal_size"] = stats.current_wal_size;
  all["current_wal_count"] = stats.current_wal_count;
  all["wal_files_count"] = stats.wal_files_count;
  all["wal_sequence"] = stats.wal_sequence;
  all["last_sequence"] = stats.last_sequence;
  all["unsynced_records"] = stats.unsynced_records;
  all["history_watermark"] = stats.history_watermark;
  all["latest_watermark"] = stats.latest_watermark;
  all["unflushed_records"] = stats.unflushed_records;
  all["unflushed_bytes"] = stats.unflushed_bytes;
  all["cache_bytes"] = stats.cache_bytes;
  all["evicted_collections"] = stats.evicted_collections;
  all["log_bytes"] = stats.log_bytes;
  all["kept_log_bytes"] = stats.kept_log_bytes;
  all["set_aside_bytes"] = stats.set_aside_bytes;
  all["torn_bytes"] = stats.torn_bytes;
  all["healed_files"] = stats.healed_files;
  all["damaged_files"] = stats.damaged_files;
  all["unfit_fields"] = stats.unfit_fields;
  all["recovered_records"] = stats.recovered_records;
  all["flush_errors"] = stats.flush_errors;
  all["last_flush_error_at"] = moment_or_none(stats.last_flush_error_at);
  all["last_flush_error"] = stats.last_flush_error;
  all["backups_made"] = stats.backups_made;
  all["last_backup_at"] = moment_or_none(stats.last_backup_at);
  all["last_backup_watermark"] = stats.last_backup_watermark;
  all["last_backup_error"] = stats.last_backup_error;
  all["stored_records"] = stats.stored_records;
  all["deleted_records"] = stats.deleted_records;
  all["loads"] = stats.loads;
  all["syncs"] = stats.syncs;
  all["sync_seconds"] = stats.sync_seconds;
  all["sync_p50_seconds"] = stats.sync_p50_seconds;
  all["sync_p99_seconds"] = stats.sync_p99_seconds;
  all["flushes"] = stats.flushes;
  all["flush_seconds"] = stats.flush_seconds;
  all["flush_p50_seconds"] = stats.flush_p50_seconds;
  all["flush_p99_seconds"] = stats.flush_p99_seconds;
  return all;
}

void bind_records(nb::class_<Store>& store) {
  store.def(nb::init<nb::handle, nb::handle, std::shared_ptr<Messages>>(), "date"_a.none(), "config"_a.none(),
            "messages"_a,
            nb::sig("def __init__(self, date: datetime.date | str, config: object, messages: Messages) -> None"));
  store.def("store", &Store::store, "key"_a.none(), "data"_a.none(), "item_name"_a = nb::none(),
            "collection_name"_a = nb::none(), "value"_a = nb::none(), "timestamp"_a = nb::none(),
            "username"_a = nb::none(), "expected_version"_a = nb::none(), nb::kw_only(), "durability"_a = nb::none(),
            "skip_unchanged"_a = false, "reason"_a = nb::none(), "request_id"_a = nb::none(),
            nb::sig("def store(self, key: str, data: dict[str, typing.Any], item_name: str | None = None, "
                    "collection_name: str | None = None, value: int | float | str | None = None, timestamp: str | "
                    "datetime.date | None = None, username: str | None = None, expected_version: int | None = None, *, "
                    "durability: str | None = None, skip_unchanged: bool = False, reason: str | None = None, "
                    "request_id: str | None = None) -> int"),
            R"(Stores one record and returns its sequence, when it is on disk and visible.

`key`, `item_name` and `collection_name` are text without NUL, at most 4,096 bytes of UTF-8; None is "".
`data` is a dict that JSON can hold, with datetimes, dates, and numbers and timestamps of numpy and pandas; integers
of 64 bits; at most 16 MiB as a record; nested at most 100 deep. ISO dates in it come back as datetimes.
`value` is an int, float, str, bool or None and keeps its type. Where `value`, `timestamp` or `username` is not given,
the field of that name in `data` counts; a timestamp then defaults to now. A naive datetime means UTC.
With `expected_version` it is stored only if the item has that version (0: if there is no such item), compared in the
order in which all threads store; else VersionConflictError says which one it has, and nothing has changed.
`durability` ("always", "interval", "none") overrides the config's for this call: with less than "always" the record is
written and visible when it returns, and on disk later.
With `skip_unchanged` nothing is written where the item has the same data, username and value, and the same timestamp if
one is given; the sequence is that of the record it has. `reason` (at most 4,096 bytes) is kept in history.
`request_id` (1 to 256 bytes) names the request that this answers: a client that heard nothing may ask again, and gets
the sequence of the first time, with nothing stored anew. Requests of the last 24 hours are known, the newest 100,000.

Raises InvalidRecordError (a ValueError; of a wrong type InvalidTypeError, a TypeError too) or ExtraSchemaError for
input that is not accepted, with its place; nothing has changed then. StorageOSError when the disk refuses: a full
disk can be tried again once there is room, after any other error open the store anew.
Threads: any. Those that store at the same time share one sync of the disk.)");
  store.def("get_item", &Store::get_item, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(),
            nb::sig("def get_item(self, key: str, collection_name: str | None, item_name: str | None) -> "
                    "dict[str, typing.Any] | None"),
            R"(One item as a flat dict, or None when there is none.

The dict has the fields of `data`, `timestamp` (a timezone-aware datetime) and `value`. It is a copy: changing it
changes nothing in the store. What it shows is on disk. Threads: any; waits for a disk only when its collection is
read for the first time.)");
  store.def(
      "get_record", &Store::get_record, "key"_a.none(), "collection_name"_a.none(), "item_name"_a.none(),
      nb::sig("def get_record(self, key: str, collection_name: str | None, item_name: str | None) -> "
              "dict[str, typing.Any] | None"),
      R"(As get_item, with `version` (1 for the first store of the item), `sequence` (the number of the record in the
store) and `updated_at` (UTC, when the record was accepted); these win over fields of the same name.)");
  store.def("get_key", &Store::get_key, "key"_a.none(), "collection_name"_a = nb::none(),
            nb::sig("def get_key(self, key: str, collection_name: str | None = None) -> typing.Any"),
            R"(The items of a key, as copies, in the order of their first store.

With `collection_name`: {item_name: item}. Without: {collection_name: {item_name: item}}. None when there are none.
Each item is what get_item gives. Threads: any; loads what is not in memory yet.)");
}

void bind_tables(nb::class_<Store>& store) {
  store.def(
      "sync", [](Store& self) { wait_interruptibly([engine = self.engine()] { engine->sync(); }); },
      "Everything stored before the call is on disk when it returns, whatever its durability. Threads: any.");
  store.def(
      "flush_data_to_duckdb",
      [](Store& self) { wait_interruptibly([engine = self.engine()] { engine->flush_data_to_duckdb(); }); },
      "Moves everything acknowledged before the call to the history table, and waits for it. Raises what a flush "
      "failed "
      "of. It is never needed for safety: what was stored is on disk.");
  store.def(
      "sql",
      [](Store& self, nb::handle query, nb::handle params, nb::handle seconds, nb::handle rows) {
        return query_store(self.engine(), query, params, seconds, rows);
      },
      "query"_a.none(), "params"_a = nb::none(), nb::kw_only(), "time_limit_seconds"_a.none() = 30.0,
      "row_limit"_a.none() = 1000000,
      nb::sig("def sql(self, query: str, params: collections.abc.Sequence[object] | None = None, *, "
              "time_limit_seconds: float | None = 30.0, row_limit: int | None = 1000000) -> QueryResult"),
      R"(Read-only SQL over both tables, storage_history and storage_latest, as of one moment.

One SELECT or EXPLAIN; `params` replace `?`, or `$1`, `$2`, ... Everything acknowledged before the call is visible. In a
query that names both tables, storage_latest is computed from history, which reads the names of all its rows.
A query that runs longer than `time_limit_seconds` is stopped, and fetching more than `row_limit` rows fails; None is no
limit. Raises an error with the code 'sql' then, as for what writes, attaches, reads files or checkpoints.
Threads: any.)");
  store.def("is_healthy", &check_health, "db_path"_a.none(), "table_name"_a.none(),
            nb::sig("def is_healthy(self, db_path: str | os.PathLike[str], table_name: str) -> bool"));
  store.def(
      "rebuild_history_from_wal",
      [](Store& self, nb::handle date) {
        return wait_interruptibly(
            [engine = self.engine(), day = to_date_argument(date)] { return engine->rebuild_history_from_wal(day); });
      },
      "date"_a.none(), nb::sig("def rebuild_history_from_wal(self, date: datetime.date | str) -> int"),
      "Makes sure that every log record of that date is in the history table, and returns how many there are. Called "
      "twice it changes nothing.");
  store.def(
      "rebuild_latest_from_history",
      [](Store& self) {
        return wait_interruptibly([engine = self.engine()] { return engine->rebuild_latest_from_history(); });
      },
      "Builds the latest table anew, by a new file and a rename, and returns its rows. Flushes first.");
}

void bind_backups_and_numbers(nb::class_<Store>& store) {
  store.def(
      "backup", [](Store& self) { return wait_interruptibly([engine = self.engine()] { return engine->backup(); }); },
      "Makes a verified backup of everything acknowledged before the call, beside the running store, in the directory "
      "of today (UTC). Readers and writers go on. Raises StorageOSError or an error with the code 'corrupt'; earlier "
      "backups and the log stay then.");
  store.def(
      "list_backups",
      [](Store& self, bool verify) {
        return wait_interruptibly([engine = self.engine(), verify] { return engine->list_backups(verify); });
      },
      "verify"_a = false, "All backups of the store, the furthest first; with `verify` every row of each is read.");
  store.def(
      "cached_keys", [](Store& self) { return self.engine()->cached_keys(); },
      "The keys that are in memory, in no particular order.");
  store.def(
      "get_stats", [](Store& self) { return to_dict(self.engine()->get_stats()); },
      nb::sig("def get_stats(self) -> dict[str, typing.Any]"),
      R"(Numbers about the store, each true at some moment during the call.

The first seven: cache_size (keys in memory), pending_writes (batches that wait for the history table),
modified_records (items whose last record is not in the latest table yet), current_wal_size (bytes),
current_wal_count (records), wal_files_count, wal_sequence. docs/operations.md has the others and what to watch.)");
  store.def(
      "metrics_text", [](Store& self) { return metrics_text(self.engine()->get_stats()); },
      R"(The numbers of `get_stats` in the text format that Prometheus scrapes: what a handler of /metrics returns.

Its content type is "text/plain; version=0.0.4". docs/operations.md lists the names.)");
}

/// What CollectionFastPersist, in Python, is made of.
void bind_parts(nb::class_<Store>& store) {
  store.def("close_engine", [](Store& self) { wait_interruptibly([engine = self.engine()] { engine->close(); }); });
  store.def("give_up", &Store::give_up);
  store.def("connection", [](Store& self, bool history) { return Connection(self.engine(), history); });
  store.def(
      "path_of_base", [](Store& self) { return path_object(self.engine()->base_dir()); },
      nb::sig("def path_of_base(self) -> pathlib.Path"));
  store.def("date_text", [](Store& self) { return self.engine()->date().to_string(); });
}

}  // namespace

void bind_store(nb::module_& module) {
  nb::class_<Store> store(module, "Store", nb::is_weak_referenceable(),
                          "The native part of CollectionFastPersist, which is documented there.");
  bind_records(store);
  bind_past(store);
  bind_listing(store);
  bind_transfer(store);
  bind_watching(module, store);
  bind_changes(module, store);
  bind_tables(store);
  bind_backups_and_numbers(store);
  bind_parts(store);
}

}  // namespace cfp::python
