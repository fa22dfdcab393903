#include "options.h"

#include <limits>
#include <string>
#include <type_traits>

#include "arguments.h"

namespace nb = nanobind;

namespace cfp::python {
namespace {

/// Reads the fields of a Python object into the options of the same names.
class Fields {
 public:
  explicit Fields(nb::handle source) : source_(source) {}

  void get(const char* name, bool& option) const {
    const nb::object value = source_.attr(name);
    if (!PyBool_Check(value.ptr())) refuse(name, "a bool", value);
    option = value.is(Py_True);
  }
  void get(const char* name, double& option) const {
    const nb::object value = source_.attr(name);
    const bool number = PyFloat_Check(value.ptr()) || (PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr()));
    if (!number) refuse(name, "a number", value);
    option = PyFloat_AsDouble(value.ptr());
    if (PyErr_Occurred() != nullptr) out_of_range(name, value);
  }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void get(const char* name, Integer& option) const {
    const nb::object value = source_.attr(name);
    if (!PyLong_Check(value.ptr()) || PyBool_Check(value.ptr())) refuse(name, "an int", value);
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow != 0 || !std::in_range<Integer>(number)) out_of_range(name, value);
    option = static_cast<Integer>(number);
  }
  template <class Value>
  void get(const char* name, std::optional<Value>& option) const {
    if (!source_.attr(name).is_none()) get(name, option.emplace());
  }
  void get(const char* name, std::vector<ExtraColumn>& option) const {
    const nb::object value = source_.attr(name);
    if (value.is_none()) return;
    if (!PyDict_Check(value.ptr())) refuse(name, "a dict of column names and PyArrow type names, or None", value);
    for (const auto [column, type] : nb::borrow<nb::dict>(value)) {
      const std::string place = std::string(name) + "[" + nb::repr(column).c_str() + "]";
      const std::string_view type_name = to_name(type, place.c_str());
      option.emplace_back(to_name(column, "extra_schema: a column name"), type_name);
    }
  }
  void get(const char* name, Durability& option) const { option = to_durability(source_.attr(name), name); }
  void get(const char* name, OnDamage& option) const {
    const nb::object value = source_.attr(name);
    const std::string_view choice = to_name(value, name);
    if (choice != "heal" && choice != "raise") {
      throw CollectionFastPersistError(ErrorCode::invalid_argument, std::string(name) + ": must be 'heal' or 'raise'");
    }
    option = choice == "heal" ? OnDamage::heal : OnDamage::raise;
  }
  void get(const char* name, std::filesystem::path& option) const { option = to_path(source_.attr(name), name); }

 private:
  [[noreturn]] static void refuse(const char* name, const char* wanted, nb::handle value) {
    throw InvalidTypeError(std::string(name) + ": must be " + wanted + ", not " + Py_TYPE(value.ptr())->tp_name);
  }
  [[noreturn]] static void out_of_range(const char* name, nb::handle value) {
    PyErr_Clear();
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     std::string(name) + ": " + nb::repr(value).c_str() + " is out of range");
  }

  nb::handle source_;
};

/// As pathlib writes it, without "." and doubled slashes: an error then names a file as the caller's Path objects do.
std::filesystem::path as_pathlib(const std::filesystem::path& path) {
  std::filesystem::path written;
  for (const std::filesystem::path& part : path) {
    if (!part.empty() && part != ".") written /= part;
  }
  return written.empty() ? path : written;
}

}  // namespace

CollectionConfig to_config(nb::handle source) {
  CollectionConfig config;
  const Fields fields(source);
  fields.get("base_dir", config.base_dir);
  config.base_dir = as_pathlib(config.base_dir);
  fields.get("max_wal_size", config.max_wal_size);
  fields.get("batch_size", config.batch_size);
  fields.get("duckdb_flush_interval_seconds", config.duckdb_flush_interval_seconds);
  fields.get("retain_days", config.retain_days);
  fields.get("extra_schema", config.extra_schema);
  fields.get("add_missing_columns", config.add_missing_columns);
  fields.get("max_unflushed_bytes", config.max_unflushed_bytes);
  fields.get("max_cache_bytes", config.max_cache_bytes);
  fields.get("durability", config.durability);
  fields.get("durability_interval_ms", config.durability_interval_ms);
  fields.get("store_timeout_seconds", config.store_timeout_seconds);
  fields.get("latest_interval_seconds", config.latest_interval_seconds);
  fields.get("max_record_bytes", config.max_record_bytes);
  fields.get("normalize_datetimes", config.normalize_datetimes);
  fields.get("allow_network_fs", config.allow_network_fs);
  fields.get("duckdb_memory_limit_bytes", config.duckdb_memory_limit_bytes);
  fields.get("duckdb_threads", config.duckdb_threads);
  fields.get("backup_on_close", config.backup_on_close);
  fields.get("backup_log_bytes", config.backup_log_bytes);
  fields.get("backup_interval_seconds", config.backup_interval_seconds);
  fields.get("archive_wal", config.archive_wal);
  fields.get("on_damage", config.on_damage);
  fields.get("read_only", config.read_only);
  return config;
}

RepairOptions to_repair_options(nb::handle source) {
  RepairOptions options;
  const Fields fields(source);
  fields.get("dry_run", options.dry_run);
  fields.get("allow_network_fs", options.allow_network_fs);
  fields.get("duckdb_memory_limit_bytes", options.duckdb_memory_limit_bytes);
  fields.get("duckdb_threads", options.duckdb_threads);
  return options;
}

RestoreOptions to_restore_options(nb::handle source) {
  RestoreOptions options;
  const Fields fields(source);
  fields.get("max_wal_size", options.max_wal_size);
  fields.get("extra_schema", options.extra_schema);
  fields.get("allow_network_fs", options.allow_network_fs);
  fields.get("duckdb_memory_limit_bytes", options.duckdb_memory_limit_bytes);
  fields.get("duckdb_threads", options.duckdb_threads);
  return options;
}

}  // namespace cfp::python
