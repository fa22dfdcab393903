#include "os/thread_background.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace cfp::os {
namespace {

using std::chrono::milliseconds;

// "Never" as a pause must not overflow the clock.
constexpr milliseconds kLongestPause = std::chrono::hours(24 * 365);
constexpr std::size_t kLongestThreadName = 15;

/// While it lives, this thread and the threads it makes get no signals, so that the application's handlers run on
/// threads of the application. The signals of a fault stay: they belong to the thread that made it.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t signals;
    ::sigfillset(&signals);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) ::sigdelset(&signals, fault);
    ::pthread_sigmask(SIG_SETMASK, &signals, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

/// What a task and its thread share.
struct Shared {
  BackgroundTask::Step step;
  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false;
  bool stopping = false;
  std::thread thread;
};

void run(Shared& shared, milliseconds pause) {
  std::unique_lock lock(shared.mutex);
  for (;;) {
    const milliseconds bounded = std::clamp(pause, milliseconds::zero(), kLongestPause);
    shared.changed.wait_for(lock, bounded, [&] { return shared.woken || shared.stopping; });
    if (shared.stopping) return;
    // Before the step: a wake during it asks for one more.
    shared.woken = false;
    lock.unlock();
    pause = shared.step();
    lock.lock();
  }
}

/// After fork() the child has no thread, though its memory looks as if it had: the mutex may be locked for ever, join
/// would wait for ever, and so would the destructor of the condition variable. There, nothing is touched; the pointer
/// that the thread held keeps all of it alive.
class ThreadTask final : public BackgroundTask {
 public:
  ThreadTask(std::string name, milliseconds first_pause, Step step) : shared_(std::make_shared<Shared>()) {
    shared_->step = std::move(step);
    name.resize(std::min(name.size(), kLongestThreadName));
    const SignalsBlocked blocked;
    shared_->thread = std::thread([shared = shared_, name = std::move(name), first_pause] {
      ::pthread_setname_np(::pthread_self(), name.c_str());
      run(*shared, first_pause);
    });
  }

  ~ThreadTask() override {
    if (is_forked()) return;
    {
      const std::lock_guard lock(shared_->mutex);
      shared_->stopping = true;
    }
    shared_->changed.notify_one();
    shared_->thread.join();
  }

  void wake() override {
    if (is_forked()) return;
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->woken) return;
      shared_->woken = true;
    }
    shared_->changed.notify_one();
  }

 private:
  [[nodiscard]] bool is_forked() const noexcept { return ::getpid() != owner_; }

  const pid_t owner_ = ::getpid();
  const std::shared_ptr<Shared> shared_;
};

class ThreadBackground final : public Background {
 public:
  std::unique_ptr<BackgroundTask> start(std::string name, milliseconds first_pause,
                                        BackgroundTask::Step step) override {
    return std::make_unique<ThreadTask>(std::move(name), first_pause, std::move(step));
  }
};

}  // namespace

std::unique_ptr<Background> make_thread_background() { return std::make_unique<ThreadBackground>(); }

}  // namespace cfp::os
