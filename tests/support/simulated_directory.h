#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/simulated_disk.h"

namespace cfp::support {

/// A directory of a SimulatedDisk.
class SimulatedDirectory final : public os::Directory {
 public:
  SimulatedDirectory(SimulatedDisk& disk, NodeId node, std::filesystem::path path);

  std::unique_ptr<os::File> open(const std::string& name, os::OpenMode mode) override;
  void rename(const std::string& from, const std::string& to) override;
  void move(const std::string& from, os::Directory& target, const std::string& to) override;
  void remove(const std::string& name) override;
  void remove_directory(const std::string& name) override;
  std::vector<os::DirectoryEntry> list() override;
  void sync() override;
  std::unique_ptr<os::Directory> open_directory(const std::string& name, bool create) override;
  [[nodiscard]] std::filesystem::path path() const override { return path_; }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return (path_ / name).string(); }
  /// Throws unless the disk is on and the name is one component of a path.
  void check(const std::string& name) const;
  [[nodiscard]] NodeId existing(const std::string& name) const;
  void move_node(const std::string& from, SimulatedDirectory& target, const std::string& to);

  SimulatedDisk& disk_;
  NodeId node_;
  std::uint64_t start_;
  std::filesystem::path path_;
};

}  // namespace cfp::support
