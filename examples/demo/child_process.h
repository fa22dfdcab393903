#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace demo {

/// This program, started anew with other arguments.
/// Owns the process: one that still runs at the end of the object's life is killed. Failure: throws std::system_error.
class ChildProcess {
 public:
  /// `kept_descriptor`, if any, is open in the child under the same number.
  explicit ChildProcess(const std::vector<std::string>& arguments, int kept_descriptor = -1);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Sends SIGKILL, which no process can catch, and waits. False when it had ended before.
  bool kill();
  /// Waits. True when it ended by itself with exit code 0.
  bool succeeds();

 private:
  int wait();

  std::optional<pid_t> running_;
};

}  // namespace demo
