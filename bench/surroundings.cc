#include "surroundings.h"

#include <duckdb.h>
#include <leveldb/db.h>
#include <lmdb.h>
#include <rocksdb/version.h>
#include <sqlite3.h>
#include <sys/utsname.h>

#include <ctime>
#include <fstream>
#include <string_view>
#include <thread>

namespace cfp::bench {
namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string kernel() {
  utsname names{};
  return uname(&names) == 0 ? std::string(names.sysname) + " " + names.release : "unknown";
}

std::string now() {
  char text[32];
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts)};
}

std::string joined(int argc, char** argv) {
  std::string command = "cfp_bench";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool is_place = argument.starts_with("--directory=") || argument.starts_with("--results=");
    if (!is_place) command.append(" ").append(argument);
  }
  return command;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> surroundings(int argc, char** argv) {
  const auto version = [](int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); };
  return {{"processor", processor()},
          {"cores", std::to_string(std::thread::hardware_concurrency())},
          {"kernel", kernel()},
          {"collection_fast_persist", CFP_BENCH_VERSION},
          {"DuckDB", duckdb_library_version()},
          {"RocksDB", version(ROCKSDB_MAJOR, ROCKSDB_MINOR)},
          {"LevelDB", version(leveldb::kMajorVersion, leveldb::kMinorVersion)},
          {"LMDB", version(MDB_VERSION_MAJOR, MDB_VERSION_MINOR)},
          {"SQLite", sqlite3_libversion()},
          {"time", now()},
          {"command", joined(argc, argv)}};
}

}  // namespace cfp::bench
