#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace cfp::support {

/// All that can be seen of a directory and what lies below it, but for the times of reading: modes, owners, times of
/// change, contents.
using DirectoryListing = std::map<std::string, std::string>;

inline DirectoryListing listing_of(const std::filesystem::path& directory) {
  DirectoryListing listing;
  const auto add = [&](const std::filesystem::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    std::string text = std::to_string(status.st_mode) + " " + std::to_string(status.st_uid) + " " +
                       std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + " " +
                       std::to_string(status.st_ctim.tv_sec) + "." + std::to_string(status.st_ctim.tv_nsec) + " ";
    if (S_ISREG(status.st_mode)) {
      std::ifstream in(path, std::ios::binary);
      text.append(std::istreambuf_iterator<char>(in), {});
    }
    listing[path.string()] = std::move(text);
  };
  add(directory);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) add(entry.path());
  return listing;
}

}  // namespace cfp::support
