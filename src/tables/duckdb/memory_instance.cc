#include "tables/duckdb/memory_instance.h"

#include <string>
#include <system_error>

namespace cfp::tables::duckdb {

MemoryInstance::MemoryInstance(const MemoryInstanceOptions& options) : database_(open_database(nullptr, 1, false)) {
  const Connection connection = connect();
  std::error_code ignored;  // a spill that finds no directory reports it
  std::filesystem::create_directories(options.spill_directory.parent_path(), ignored);
  std::string accessible;
  for (const std::string& path : options.accessible)
    accessible.append(accessible.empty() ? "" : ", ").append(sql_text(path));
  connection.run("SET temp_directory = " + sql_text(options.spill_directory.string()));
  connection.run("SET memory_limit = '" + std::to_string(options.memory_limit_bytes / 1024) + "KiB'");
  connection.run("SET allowed_paths = [" + accessible + "]");
  connection.run("SET allowed_directories = [" + accessible + "]");
  connection.run("SET enable_external_access = false");
  connection.run("SET lock_configuration = true");
}

}  // namespace cfp::tables::duckdb
