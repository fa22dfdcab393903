#include "os/low_priority.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

namespace cfp::os {
namespace {

constexpr int kLeastNice = 19;

// linux/ioprio.h, which came to user space later than the call.
constexpr int kThisThread = 1;  // IOPRIO_WHO_PROCESS, with 0 for the caller
constexpr int kIdleClass = 3 << 13;

/// Refused where a sandbox forbids it: then it runs as everything else does.
void lower_priority() noexcept {
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kLeastNice));  // on Linux: of this thread
  static_cast<void>(::syscall(SYS_ioprio_set, kThisThread, 0, kIdleClass));
}

}  // namespace

void run_with_low_priority(const std::function<void()>& work) {
  // The application's signal handlers run on threads of the application.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread;
  try {
    thread = std::thread([&work] {
      lower_priority();
      work();
    });
  } catch (...) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  thread.join();
}

}  // namespace cfp::os
