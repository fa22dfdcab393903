#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "os/block_buffer.h"
#include "os/descriptor.h"
#include "os/file_system.h"

namespace cfp::os {

/// A regular file of the system.
class PosixFile final : public File {
 public:
  /// `path` is for messages only.
  PosixFile(Descriptor descriptor, std::string path);

  void write(std::uint64_t offset, std::string_view bytes) override;
  void write_through(std::uint64_t offset, std::string_view bytes) override;
  std::string read(std::uint64_t offset, std::uint64_t size, std::string buffer) override;
  void sync() override;
  void drop_pages() noexcept override;
  void write_back(std::uint64_t offset, std::uint64_t size) override;
  void truncate(std::uint64_t size) override;
  void allocate(std::uint64_t size) override;
  void fill_with_zeros() override;
  [[nodiscard]] std::uint64_t size() override;
  [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> modified_at() override;

 private:
  enum class Access { cached, direct, always_cached };

  /// Whether writes go past the cache now.
  bool go_direct() noexcept;
  void go_cached() noexcept;
  void write_blocks(std::uint64_t offset, std::string_view bytes);
  void write_all(off_t position, std::string_view bytes);
  [[noreturn]] void fail(int error, std::string_view call) const;
  [[nodiscard]] off_t checked_offset(std::uint64_t offset, std::uint64_t length, std::string_view call) const;

  Descriptor descriptor_;
  std::string path_;
  Access access_ = Access::cached;
  BlockBuffer blocks_;                          // begins with the last block that was written through,
  std::uint64_t written_through_ = UINT64_MAX;  // which ends there; UINT64_MAX: unknown
};

}  // namespace cfp::os
