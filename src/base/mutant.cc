#include "base/mutant.h"

#ifdef CFP_MUTANTS

#include <algorithm>
#include <cstdlib>
#include <string_view>

// The linker makes these two for a section whose name is an identifier; weak, since a program may have no mutant.
extern "C" {
extern const char* const __start_cfp_mutants[] __attribute__((weak));
extern const char* const __stop_cfp_mutants[] __attribute__((weak));
}

namespace cfp::base {

std::vector<std::string> mutant_names() {
  std::vector<std::string> names(__start_cfp_mutants, __stop_cfp_mutants);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool is_mutant(const char* name) noexcept {
  static const char* const chosen = std::getenv("CFP_MUTANT");
  return chosen != nullptr && std::string_view(chosen) == name;
}

}  // namespace cfp::base

#endif
