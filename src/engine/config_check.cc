#include "engine/config_check.h"

#include <cmath>
#include <string>

#include "cfp/error.h"
#include "engine/base_directory.h"

namespace cfp::engine {
namespace {

void require(bool holds, const char* option, const char* allowed) {
  if (holds) return;
  throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                   std::string("The option ") + option + " must be " + allowed + ".");
}

}  // namespace

void check_config(const CollectionConfig& config, std::uint64_t least_cache_bytes) {
  constexpr std::uint64_t kKib = 1024;
  constexpr std::uint64_t kMib = 1024 * kKib;
  constexpr double kLongest = 86'400.0 * 366;  // a year in seconds; more is a mistake
  const auto is_duration = [](double seconds) { return std::isfinite(seconds) && seconds > 0 && seconds <= kLongest; };
  require(!config.base_dir.empty(), "base_dir", "a path");
  require(!has_question_mark(config.base_dir), "base_dir",
          "a path without a question mark, wherever its links lead: DuckDB cannot keep its log there");
  require(config.max_wal_size >= 4 * kKib && config.max_wal_size <= 1024 * kMib, "max_wal_size",
          "4096 to 1073741824 bytes");
  require(config.batch_size >= 1, "batch_size", "at least 1");
  require(is_duration(config.duckdb_flush_interval_seconds), "duckdb_flush_interval_seconds",
          "more than 0 and at most a year");
  require(config.retain_days >= 0, "retain_days", "at least 0");
  require(config.durability_interval_ms >= 1 && config.durability_interval_ms <= 60'000, "durability_interval_ms",
          "1 to 60000");
  require(config.max_unflushed_bytes >= kMib, "max_unflushed_bytes", "at least 1048576 bytes");
  require(config.max_cache_bytes.value_or(least_cache_bytes) >= least_cache_bytes, "max_cache_bytes",
          "none or at least 1048576 bytes");
  require(std::isfinite(config.store_timeout_seconds) && config.store_timeout_seconds >= 0 &&
              config.store_timeout_seconds <= kLongest,
          "store_timeout_seconds", "0 to a year");
  require(is_duration(config.latest_interval_seconds), "latest_interval_seconds", "more than 0 and at most a year");
  require(config.max_record_bytes >= kKib && config.max_record_bytes <= 64 * kMib, "max_record_bytes",
          "1024 to 67108864 bytes");
  require(config.backup_log_bytes >= kMib, "backup_log_bytes", "at least 1048576 bytes");
  require(is_duration(config.backup_interval_seconds), "backup_interval_seconds", "more than 0 and at most a year");
  require(config.duckdb_memory_limit_bytes >= 256 * kMib, "duckdb_memory_limit_bytes", "at least 268435456 bytes");
  require(config.duckdb_threads >= 1 && config.duckdb_threads <= 64, "duckdb_threads", "1 to 64");
}

}  // namespace cfp::engine
