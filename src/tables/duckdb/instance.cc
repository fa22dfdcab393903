#include "tables/duckdb/instance.h"

#include <string>
#include <system_error>
#include <utility>

#include "cfp/error.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"

namespace cfp::tables::duckdb {

namespace {

struct Config {
  Config() {
    if (duckdb_create_config(&value) != DuckDBSuccess) throw SqlError(DUCKDB_ERROR_INTERNAL, "no configuration");
  }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;
  ~Config() { duckdb_destroy_config(&value); }
  void set(const char* name, const char* text) const {
    if (duckdb_set_config(value, name, text) != DuckDBSuccess) {
      throw SqlError(DUCKDB_ERROR_SETTINGS, std::string("this DuckDB has no option ") + name);
    }
  }
  duckdb_config value = nullptr;
};

}  // namespace

Database open_database(const char* file, int threads, bool read_only) {
  const Config config;
  // From this version on DuckDB refuses a log that belongs to another file, and every DuckDB since 1.4 reads the file.
  config.set("storage_compatibility_version", "v1.4.0");
  config.set("autoinstall_known_extensions", "false");
  config.set("autoload_known_extensions", "false");
  config.set("allow_community_extensions", "false");
  // Not by SET afterwards: it would begin with as many threads as there are processors.
  config.set("threads", std::to_string(threads).c_str());
  if (read_only) config.set("access_mode", "READ_ONLY");
  duckdb_database database = nullptr;
  char* message = nullptr;
  const duckdb_state state = duckdb_open_ext(file, &database, config.value, &message);
  const std::unique_ptr<char, void (*)(void*)> owned(message, duckdb_free);
  if (state != DuckDBSuccess) throw SqlError(DUCKDB_ERROR_IO, message == nullptr ? "unknown error" : message);
  return Database(database);
}

Instance::Instance(const std::filesystem::path& file, const InstanceOptions& options)
    : file_(file), memory_limit_bytes_(options.memory_limit_bytes), bytes_(file) {
  try {
    database_ = open_database(file_.c_str(), options.threads, options.read_only);
    lock_down(options);
  } catch (const SqlError& error) {
    throw open_error(file.filename().string(), error.what());
  }
}

void Instance::lock_down(const InstanceOptions& options) const {
  const Connection connection = connect();
  if (!options.read_only && !options.spill_directory.empty()) {  // whoever only looks changes nothing
    std::error_code ignored;                                     // a spill that finds no directory reports it
    std::filesystem::create_directories(options.spill_directory.parent_path(), ignored);
    std::filesystem::permissions(options.spill_directory.parent_path(), std::filesystem::perms::owner_all, ignored);
  }
  std::string allowed;
  for (const auto& path : options.attachable) {
    for (const char* const suffix : {"", ".wal", ".wal.checkpoint", ".wal.recovery"}) {
      allowed += (allowed.empty() ? "" : ", ") + sql_text(path.string() + suffix);
    }
  }
  connection.run("SET temp_directory = " + sql_text(options.spill_directory.string()));
  connection.run("SET memory_limit = '" + std::to_string(options.memory_limit_bytes / 1024) + "KiB'");
  // Checkpoints happen where we ask for them: a kill during one can cost the file, and a copy must not see one.
  connection.run("SET checkpoint_threshold = '1TB'");
  connection.run("SET allowed_paths = [" + allowed + "]");
  connection.run("SET enable_external_access = false");
  connection.run("SET lock_configuration = true");
}

FreshDatabase::FreshDatabase(const Connection& connection, std::filesystem::path file)
    : connection_(connection), file_(std::move(file)) {
  remove_replacement(file_);
  connection_.run("ATTACH " + sql_text(replacement_of(file_).string()) + " AS fresh (STORAGE_VERSION 'v1.4.0')");
  make_private(replacement_of(file_));
}

FreshDatabase::~FreshDatabase() {
  if (!attached_) return;
  duckdb_result result;
  duckdb_query(connection_.get(), "DETACH fresh", &result);
  duckdb_destroy_result(&result);
  try {
    remove_replacement(file_);  // a full disk gets its space back
  } catch (const CollectionFastPersistError&) {
    return;  // removed at the next open
  }
}

void FreshDatabase::detach() {
  connection_.run("CHECKPOINT fresh");
  connection_.run("DETACH fresh");
  attached_ = false;
}

}  // namespace cfp::tables::duckdb
