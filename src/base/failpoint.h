#pragma once

// Named places at which a test can kill the process. Compiled in only with CFP_FAILPOINTS; every name lands in a
// section of the binary, so that a test lists them from the program itself and no list can be out of date.
// CFP_FAILPOINT="wal.before_sync" or "wal.before_sync:3" in the environment kills (SIGKILL) at the 1st or 3rd pass.

#ifdef CFP_FAILPOINTS

#include <string>
#include <vector>

namespace cfp::base {

/// The names of all failpoints of this program, sorted, each once.
std::vector<std::string> failpoint_names();
/// One pass through a failpoint.
void pass_failpoint(const char* name) noexcept;

}  // namespace cfp::base

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): a place in the code, not a value.
#define CFP_FAILPOINT(name)                                                                     \
  do {                                                                                          \
    __attribute__((section("cfp_failpoints"), used)) static const char* const cfp_point = name; \
    ::cfp::base::pass_failpoint(cfp_point);                                                     \
  } while (false)

#else

#define CFP_FAILPOINT(name) static_cast<void>(0)

#endif
