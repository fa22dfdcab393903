#include "base/failpoint.h"

#ifdef CFP_FAILPOINTS

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// The linker makes these two for a section whose name is an identifier; weak, since a program may have no failpoint.
extern "C" {
extern const char* const __start_cfp_failpoints[] __attribute__((weak));
extern const char* const __stop_cfp_failpoints[] __attribute__((weak));
}

namespace cfp::base {
namespace {

/// The failpoint that this process is to die at, if any.
struct Armed {
  std::string name;
  std::atomic<std::uint64_t> passes_left{1};

  Armed() {
    const char* const setting = std::getenv("CFP_FAILPOINT");
    if (setting == nullptr) return;
    const std::string_view text(setting);
    const std::size_t colon = text.find(':');
    name = text.substr(0, colon);
    if (colon == std::string_view::npos) return;
    std::uint64_t pass = 1;
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), pass);
    passes_left = std::max<std::uint64_t>(pass, 1);
  }
};

}  // namespace

std::vector<std::string> failpoint_names() {
  std::vector<std::string> names(__start_cfp_failpoints, __stop_cfp_failpoints);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void pass_failpoint(const char* name) noexcept {
  // State of the whole process by its nature: the environment is, and so is the death. Only in test builds.
  static Armed armed;
  if (armed.name != name) return;
  if (armed.passes_left.fetch_sub(1) == 1) static_cast<void>(std::raise(SIGKILL));
}

}  // namespace cfp::base

#endif
