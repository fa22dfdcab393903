#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "os/descriptor.h"
#include "os/file_system.h"

namespace cfp::os {
namespace {

// Source: statfs(2), <linux/magic.h> and the file systems' own headers. All that may be shared with another computer,
// where flock may not be seen. FUSE is among them since nobody can tell what is behind it (sshfs, s3fs, virtiofs).
constexpr std::array<std::uint32_t, 20> kNetworkFileSystems = {
    0x00006969,  // NFS
    0x0000517B,  // SMB
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x01021997,  // 9p
    0x65735546,  // FUSE, fuseblk, virtiofs
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x6B414653,  // kAFS
    0x73757245,  // Coda
    0x0000564C,  // NCP
    0x0BD00BD0,  // Lustre
    0x01161970,  // GFS2
    0x7461636F,  // OCFS2
    0x47504653,  // GPFS
    0x19830326,  // BeeGFS
    0xAAD7AAEA,  // PanFS
    0x20030528,  // OrangeFS
    0x786F4256,  // VirtualBox shared folders
    0xBACBACBC,  // VMware shared folders
};

}  // namespace

bool is_network_disk(const std::filesystem::path& path) {
  std::filesystem::path existing = std::filesystem::absolute(path);
  for (;;) {
    struct statfs status {};
    const int result = without_interruption([&] { return ::statfs(existing.c_str(), &status); });
    if (result == 0) {
      const auto magic = static_cast<std::uint32_t>(status.f_type);
      return std::find(kNetworkFileSystems.begin(), kNetworkFileSystems.end(), magic) != kNetworkFileSystems.end();
    }
    // What is not there yet will be made on the disk of the nearest directory that is.
    if (errno != ENOENT || !existing.has_relative_path()) throw_error(errno, "statfs " + existing.string());
    existing = existing.parent_path();
  }
}

}  // namespace cfp::os
