#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "cfp/collection_fast_persist.h"
#include "support/temporary_directory.h"

namespace cfp::oracle {

namespace fs = std::filesystem;

inline constexpr const char* kDay = "2025-12-24";
inline constexpr const char* kNextDay = "2025-12-25";

/// The code of the error that `call` throws; nullopt when it throws none.
template <class Call>
std::optional<ErrorCode> code_of(const Call& call) {
  try {
    call();
    return std::nullopt;
  } catch (const CollectionFastPersistError& error) {
    return error.code();
  }
}

/// Its text.
template <class Call>
std::string text_of(const Call& call) {
  try {
    call();
    return "";
  } catch (const CollectionFastPersistError& error) {
    return error.what();
  }
}

/// A config whose background thread does nothing by itself for an hour.
inline CollectionConfig calm_config(const fs::path& base_dir) {
  CollectionConfig config;
  config.base_dir = base_dir;
  config.duckdb_flush_interval_seconds = 3600;
  config.latest_interval_seconds = 3600;
  config.batch_size = 1'000'000;
  return config;
}

/// What a kill at this moment would leave of a store that is open and does nothing.
inline void copy_as_killed(const fs::path& base_dir, const fs::path& to) {
  fs::copy(base_dir, to, fs::copy_options::recursive);
}

inline std::int64_t count_of(QueryConnection& connection, const std::string& table) {
  return std::get<std::int64_t>(connection.execute("SELECT count(*) FROM " + table).fetchone()->at(0));
}

inline std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_content(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary) << content;
}

/// Changes one byte of the first place where the text stands.
inline bool damage(const fs::path& file, const std::string& text) {
  std::string content = content_of(file);
  const std::size_t at = content.find(text);
  if (at == std::string::npos) return false;
  content[at] = content[at] == '#' ? '+' : '#';
  write_content(file, content);
  return true;
}

}  // namespace cfp::oracle
