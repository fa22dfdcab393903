#include "os/file_system.h"

#include <algorithm>

namespace cfp::os {

bool Directory::contains(std::string_view name) {
  const std::vector<DirectoryEntry> entries = list();
  return std::any_of(entries.begin(), entries.end(), [&](const DirectoryEntry& entry) { return entry.name == name; });
}

}  // namespace cfp::os
