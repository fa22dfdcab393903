#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "os/descriptor.h"

namespace cfp::crash {

/// A running cfp_child and what it prints. Killed by the destructor when it still runs.
/// Threads: one.
class ChildProcess {
 public:
  /// `failpoint` as in CFP_FAILPOINT; empty: none.
  explicit ChildProcess(std::vector<std::string> arguments, const std::string& failpoint = "") {
    std::array<int, 2> out{}, err{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0) os::throw_error(errno, "pipe2");
    const std::string setting = "CFP_FAILPOINT=" + failpoint;
    arguments.insert(arguments.begin(), CFP_CHILD_PROGRAM);
    std::vector<char*> values;
    for (std::string& argument : arguments) values.push_back(argument.data());
    values.push_back(nullptr);
    std::vector<char*> environment;
    for (char** entry = ::environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    std::string own = setting;
    environment.insert(environment.begin(), own.data());
    environment.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
      ::execve(values[0], values.data(), environment.data());
      ::_exit(127);
    }
    ::close(out[1]);
    ::close(err[1]);
    out_ = os::Descriptor(out[0]);
    err_ = os::Descriptor(err[0]);
    if (process_ < 0) os::throw_error(errno, "fork");
  }
  ~ChildProcess() {
    if (process_ <= 0) return;
    kill();
    wait();
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void kill() const { ::kill(process_, SIGKILL); }
  [[nodiscard]] pid_t process() const { return process_; }

  /// Reads until `bytes` bytes have come or it ended; what came is kept.
  void read_at_least(std::size_t bytes) {
    while (output_.size() < bytes && read_some(out_, output_)) {
    }
  }

  /// Reads all it prints and waits for its end.
  void wait() {
    if (process_ <= 0) return;
    while (read_some(out_, output_)) {
    }
    while (read_some(err_, errors_)) {
    }
    os::without_interruption([&] { return ::waitpid(process_, &status_, 0); });
    process_ = -1;
  }

  [[nodiscard]] bool was_killed() const { return WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL; }
  [[nodiscard]] bool succeeded() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }
  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] const std::string& errors() const { return errors_; }

 private:
  static bool read_some(const os::Descriptor& from, std::string& into) {
    std::array<char, 4096> buffer{};
    const ssize_t count = os::without_interruption([&] { return ::read(from.number(), buffer.data(), buffer.size()); });
    if (count <= 0) return false;
    into.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  pid_t process_ = -1;
  int status_ = 0;
  os::Descriptor out_{-1}, err_{-1};
  std::string output_, errors_;
};

}  // namespace cfp::crash
