#include "child_process.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace demo {

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, int kept_descriptor) {
  std::vector<std::string> owned = arguments;
  owned.insert(owned.begin(), "cfp_demo");
  std::vector<char*> argv;
  argv.reserve(owned.size() + 1);
  for (std::string& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  // Onto itself: clears close-on-exec in the child alone.
  if (kept_descriptor >= 0) ::posix_spawn_file_actions_adddup2(&actions, kept_descriptor, kept_descriptor);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start a process");
  running_ = pid;
}

ChildProcess::~ChildProcess() {
  if (running_) kill();
}

bool ChildProcess::kill() {
  ::kill(running_.value(), SIGKILL);
  const int status = wait();
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool ChildProcess::succeeds() {
  const int status = wait();
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int ChildProcess::wait() {
  int status = 0;
  while (::waitpid(running_.value(), &status, 0) < 0) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
  }
  running_.reset();
  return status;
}

}  // namespace demo
