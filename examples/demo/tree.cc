#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "commands.h"

namespace demo {
namespace {

std::string size_text(std::uintmax_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB"};
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(units); ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
  return text;
}

std::uintmax_t print(const std::filesystem::path& directory, int depth) {
  std::vector<std::filesystem::directory_entry> entries(std::filesystem::directory_iterator(directory), {});
  std::sort(entries.begin(), entries.end());
  std::uintmax_t total = 0;
  for (const auto& entry : entries) {
    const std::string name = std::string(2 * static_cast<std::size_t>(depth), ' ') + entry.path().filename().string();
    if (entry.is_directory()) {
      std::printf("  %s/\n", name.c_str());
      total += print(entry.path(), depth + 1);
    } else {
      std::printf("  %-44s %12s\n", name.c_str(), size_text(entry.file_size()).c_str());
      total += entry.file_size();
    }
  }
  return total;
}

}  // namespace

void tree(const std::filesystem::path& store) {
  std::printf("%s\n", store.c_str());
  const std::uintmax_t total = print(store, 1);
  std::printf("  %-44s %12s\n", "", size_text(total).c_str());
  std::fflush(stdout);
}

}  // namespace demo
