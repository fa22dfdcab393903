#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace cfp::support {

/// What the calls of this process have read from files and written to them so far, ours and DuckDB's, whether the disk
/// was asked or the system's memory had it.
struct IoWork {
  std::uint64_t bytes = 0;
  std::uint64_t calls = 0;
};

inline IoWork io_work() {
  std::ifstream in("/proc/self/io");
  IoWork work;
  std::string name;
  for (std::uint64_t number = 0; in >> name >> number;) {
    if (name == "rchar:" || name == "wchar:") work.bytes += number;
    if (name == "syscr:" || name == "syscw:") work.calls += number;
  }
  return work;
}

/// What `step` did.
template <class Step>
IoWork io_work_of(const Step& step) {
  const IoWork before = io_work();
  step();
  const IoWork after = io_work();
  return {after.bytes - before.bytes, after.calls - before.calls};
}

}  // namespace cfp::support
