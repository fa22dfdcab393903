#pragma once

#include <string>

#include "cfp/error.h"

namespace cfp::base {

[[noreturn]] inline void fail_check([[maybe_unused]] const char* condition, [[maybe_unused]] const char* file,
                                    [[maybe_unused]] int line) {
#ifdef CFP_ABORT_ON_BUG
  __builtin_trap();
#else
  throw CollectionFastPersistError(ErrorCode::internal, std::string("a bug in this library: ") + condition +
                                                            " does not hold at " + file + ":" + std::to_string(line) +
                                                            "; please report it");
#endif
}

}  // namespace cfp::base

/// An invariant of ours: aborts in test builds, throws `internal` in release.
#define CFP_CHECK(condition) ((condition) ? void(0) : ::cfp::base::fail_check(#condition, __FILE__, __LINE__))
