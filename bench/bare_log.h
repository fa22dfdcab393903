#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cfp::bench {

/// The least that a durable store can cost: pwrite and fdatasync on a preallocated file, nothing else.
class BareLog {
 public:
  BareLog(const std::filesystem::path& file, std::uint64_t bytes);
  ~BareLog();
  BareLog(const BareLog&) = delete;
  BareLog& operator=(const BareLog&) = delete;
  void append(std::string_view line);

 private:
  void begin_file();

  std::filesystem::path path_;
  std::uint64_t bytes_;
  std::uint64_t used_ = 0;
  int descriptor_ = -1;
};

/// Lines that a store wrote, without headers, at most `count`.
std::vector<std::string> read_log_lines(const std::filesystem::path& base_dir, std::uint64_t count);

}  // namespace cfp::bench
