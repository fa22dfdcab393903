#pragma once

// Stores as crashes, operators and accidents leave them, for a child to open.

#include <duckdb.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cfp::crash {

namespace fs = std::filesystem;

inline std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The last one that holds anything: the kill may have come between a rotation and its first group.
inline fs::path last_segment(const fs::path& date_directory) {
  fs::path last;
  for (const auto& entry : fs::directory_iterator(date_directory)) {
    const bool later = entry.path().extension() == ".jsonl" && entry.path() > last;
    if (later && content_of(entry.path()).find_first_not_of('\0') != std::string::npos) last = entry.path();
  }
  return last;
}

/// Half a record behind the last one, as a cut of the power leaves it.
inline void tear_tail(const fs::path& date_directory) {
  const fs::path segment = last_segment(date_directory);
  std::string text = content_of(segment);
  text.resize(text.find_last_not_of('\0') + 1);
  std::ofstream(segment, std::ios::binary) << text << R"({"key":"key0","collection_name":"","item_na)";
}

/// A new segment of which only a part of the header arrived.
inline void tear_header(const fs::path& date_directory) {
  std::ofstream(date_directory / "wal_000099.jsonl") << R"({"format":1,"store_id":"0123)";
}

/// Runs SQL on a file that nobody has open.
inline void run_sql(const fs::path& file, const std::string& sql) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  ASSERT_EQ(duckdb_open(file.c_str(), &database), DuckDBSuccess);
  ASSERT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  duckdb_result result;
  const auto state = duckdb_query(connection, sql.c_str(), &result);
  EXPECT_EQ(state, DuckDBSuccess) << duckdb_result_error(&result);
  duckdb_destroy_result(&result);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
}

/// A row of history that is missing without cfp_meta knowing of it.
inline void lose_history_row(const fs::path& directory, unsigned sequence) {
  const std::string number = std::to_string(sequence);
  run_sql(directory / "storage_history.duckdb", "DELETE FROM storage_history WHERE cfp_seq = " + number +
                                                    "; UPDATE cfp_meta SET rows = rows - 1, xor_seq = xor(xor_seq, " +
                                                    number + ")");
}

}  // namespace cfp::crash
