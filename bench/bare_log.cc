#include "bare_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace cfp::bench {
namespace {

void check(bool succeeded, const char* what) {
  if (!succeeded) throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

BareLog::BareLog(const std::filesystem::path& file, std::uint64_t bytes) : path_(file), bytes_(bytes) { begin_file(); }

BareLog::~BareLog() { ::close(descriptor_); }

void BareLog::begin_file() {
  if (descriptor_ >= 0) ::close(descriptor_);
  ::unlink(path_.c_str());
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  check(descriptor_ >= 0, "open");
  check(::fallocate(descriptor_, 0, 0, static_cast<off_t>(bytes_)) == 0, "fallocate");
  check(::fsync(descriptor_) == 0, "fsync");
  used_ = 0;
}

void BareLog::append(std::string_view line) {
  if (used_ + line.size() > bytes_) begin_file();
  const ssize_t written = ::pwrite(descriptor_, line.data(), line.size(), static_cast<off_t>(used_));
  check(written == static_cast<ssize_t>(line.size()), "pwrite");
  check(::fdatasync(descriptor_) == 0, "fdatasync");
  used_ += line.size();
}

std::vector<std::string> read_log_lines(const std::filesystem::path& base_dir, std::uint64_t count) {
  std::vector<std::string> lines;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(base_dir)) {
    if (entry.path().extension() != ".jsonl") continue;
    std::ifstream file(entry.path());
    for (std::string line; lines.size() < count && std::getline(file, line);) {
      if (line.starts_with("{\"key\"")) lines.push_back(line + '\n');
    }
  }
  return lines;
}

}  // namespace cfp::bench
