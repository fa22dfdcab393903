#pragma once

#include <string>

namespace cfp::faults {

/// Which system calls that change files fail, of this whole process: ours and DuckDB's. Only calls on files whose path
/// contains `name_piece` count, from 1 on.
struct FailingCalls {
  std::string name_piece;
  unsigned long first = 0;  ///< 0: none fails, they are only counted.
  bool goes_on = false;     ///< All from the first on, and not that one alone.
  int error = 0;            ///< An errno.
};

/// From now on; once in a process. `failing_calls.cc` has to be linked in: its write, pwrite, fsync, fdatasync,
/// ftruncate, rename, open and fallocate then come before the system's, also for shared libraries.
void arm(const FailingCalls& calls);

/// How many calls have counted so far.
unsigned long counted_calls();

}  // namespace cfp::faults
