#pragma once

#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

namespace cfp::oracle {

namespace fs = std::filesystem;

/// A tmpfs of its own. Unmounted by the destructor.
class SmallDisk {
 public:
  SmallDisk(fs::path at, const std::string& size) : path_(std::move(at)) {
    fs::create_directories(path_);
    is_mounted_ = ::mount("cfp_test", path_.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
    if (!is_mounted_) reason_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (is_mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool make_read_only() const {
    return ::mount("cfp_test", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }
  [[nodiscard]] bool is_mounted() const { return is_mounted_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  bool is_mounted_ = false;
  std::string reason_;
};

}  // namespace cfp::oracle
