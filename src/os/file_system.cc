#include "os/file_system.h"

#include <algorithm>

namespace cfp::os {

bool Directory::contains(std::string_view name) {
  const std::vector<DirectoryEntry> entries = list();
  return std::any_of(entries.begin(), entries.end(), [&](const DirectoryEntry& entry) { return entry.name == name; });
}

void remove_tree(Directory& parent, const std::string& name) {
  if (!parent.contains(name)) return;
  {
    const auto directory = parent.open_directory(name, false);
    for (const DirectoryEntry& entry : directory->list()) {
      if (entry.kind == EntryKind::directory) {
        remove_tree(*directory, entry.name);
      } else {
        directory->remove(entry.name);
      }
    }
  }
  parent.remove_directory(name);
}

}  // namespace cfp::os
