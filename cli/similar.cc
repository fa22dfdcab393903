#include "similar.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace cfp::cli {
namespace {

/// How many letters have to be put in, taken out or changed to get from one word to the other.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string similar_to(const std::string& name, const Command& command) {
  const Command* best = nullptr;
  std::size_t least = 3;
  for (const Command& part : command.parts) {
    const std::size_t found = distance(name, part.name);
    if (found < least && found < part.name.size()) {
      least = found;
      best = &part;
    }
  }
  return best == nullptr ? "" : " Did you mean '" + best->name + "'?";
}

}  // namespace cfp::cli
