#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "os/descriptor.h"
#include "os/file_system.h"

namespace cfp::os {

/// A regular file of the system.
class PosixFile final : public File {
 public:
  /// `path` is for messages only.
  PosixFile(Descriptor descriptor, std::string path);

  void write(std::uint64_t offset, std::string_view bytes) override;
  std::string read(std::uint64_t offset, std::uint64_t size, std::string buffer) override;
  void sync() override;
  void drop_pages() noexcept override;
  void write_back(std::uint64_t offset, std::uint64_t size) override;
  void truncate(std::uint64_t size) override;
  void allocate(std::uint64_t size) override;
  [[nodiscard]] std::uint64_t size() override;
  [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> modified_at() override;

 private:
  [[noreturn]] void fail(int error, std::string_view call) const;
  [[nodiscard]] off_t checked_offset(std::uint64_t offset, std::uint64_t length, std::string_view call) const;

  Descriptor descriptor_;
  std::string path_;
};

}  // namespace cfp::os
