#include "opened_store.h"

#include "exit_code.h"
#include "log_segments.h"

namespace cfp::cli {
namespace {

bool is_store(const std::filesystem::path& base_dir) {
  std::error_code ignored;
  if (std::filesystem::exists(base_dir / "storage_history.duckdb", ignored)) return true;
  return std::filesystem::exists(base_dir / ".lock", ignored) || !date_directories(base_dir).empty();
}

}  // namespace

void require_store(const std::filesystem::path& base_dir) {
  if (is_store(base_dir)) return;
  throw NotFound("There is no store in " + base_dir.string() +
                 ". Name its directory by --base-dir or CFP_BASE_DIR; 'cfp put' and 'cfp import' make one.");
}

std::unique_ptr<CollectionFastPersist> open_to_read(const Arguments& arguments, Console& console) {
  CollectionConfig config;
  config.base_dir = arguments.base_dir();
  require_store(config.base_dir);
  config.read_only = true;
  config.log_sink = console.log_sink();
  return std::make_unique<CollectionFastPersist>(Date::today(), config);
}

std::unique_ptr<CollectionFastPersist> open_to_write(const Arguments& arguments, Console& console, Missing missing) {
  CollectionConfig config;
  config.base_dir = arguments.base_dir();
  if (missing == Missing::refuse) require_store(config.base_dir);
  const bool is_new = !is_store(config.base_dir);
  config.backup_on_close = false;
  config.log_sink = console.log_sink();
  auto store = std::make_unique<CollectionFastPersist>(Date::today(), config);
  if (is_new) console.note("Made a new store in " + config.base_dir.string() + ".");
  return store;
}

}  // namespace cfp::cli
