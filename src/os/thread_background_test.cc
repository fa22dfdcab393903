#include "os/thread_background.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <semaphore>
#include <thread>

#include "os/environment.h"

namespace cfp::os {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kNever = milliseconds::max();

class ThreadBackgroundTest : public ::testing::Test {
 protected:
  std::unique_ptr<Background> background_ = make_thread_background();
};

TEST_F(ThreadBackgroundTest, RunsTheFirstStepAfterItsPauseAndGoesOnByItself) {
  std::counting_semaphore<> ran(0);
  const auto task = background_->start("t", milliseconds(1), [&] {
    ran.release();
    return milliseconds(1);
  });
  for (int i = 0; i < 3; ++i) ran.acquire();
}

TEST_F(ThreadBackgroundTest, RunsWhenWokenHoweverLongThePause) {
  std::counting_semaphore<> ran(0);
  const auto task = background_->start("t", kNever, [&] {
    ran.release();
    return kNever;
  });
  for (int i = 0; i < 3; ++i) {
    task->wake();
    ran.acquire();
  }
}

TEST_F(ThreadBackgroundTest, TurnsManyWakesDuringAStepIntoOneMore) {
  std::counting_semaphore<> started(0);
  std::counting_semaphore<> go_on(0);
  std::atomic<int> steps{0};
  auto task = background_->start("t", kNever, [&] {
    ++steps;
    started.release();
    go_on.acquire();
    return kNever;
  });
  task->wake();
  started.acquire();
  for (int i = 0; i < 5; ++i) task->wake();
  go_on.release();
  started.acquire();
  go_on.release();
  task.reset();
  EXPECT_EQ(steps, 2);
}

TEST_F(ThreadBackgroundTest, LetsAStepWakeItself) {
  std::atomic<BackgroundTask*> self{nullptr};
  std::counting_semaphore<> done(0);
  int steps = 0;
  const auto task = background_->start("t", kNever, [&] {
    if (++steps < 3) self.load()->wake();
    if (steps == 3) done.release();
    return kNever;
  });
  self = task.get();
  task->wake();
  done.acquire();
}

TEST_F(ThreadBackgroundTest, WaitsForARunningStepAndStartsNoneAfterIt) {
  std::counting_semaphore<> started(0);
  std::atomic<bool> destroying{false};
  std::atomic<int> begun{0};
  std::atomic<int> finished{0};
  auto task = background_->start("t", milliseconds(0), [&] {
    ++begun;
    started.release();
    while (!destroying) std::this_thread::yield();
    ++finished;
    return milliseconds(0);
  });
  started.acquire();
  auto destroyed = std::async(std::launch::async, [&] { task.reset(); });
  destroying = true;
  destroyed.get();
  EXPECT_GE(begun, 1);
  EXPECT_EQ(finished, begun);
}

TEST_F(ThreadBackgroundTest, RunsNoStepWhenDestroyedBeforeThePauseIsOver) {
  bool ran = false;
  background_->start("t", kNever, [&] {
    ran = true;
    return kNever;
  });
  EXPECT_FALSE(ran);
}

TEST_F(ThreadBackgroundTest, NamesTheThreadAndLeavesTheApplicationsSignalsAlone) {
  struct Seen {
    std::array<char, 16> name{};
    sigset_t blocked{};
  };
  std::promise<Seen> promise;
  sigset_t before;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &before), 0);
  const auto task = background_->start("cfp-a-very-long-name", kNever, [&] {
    Seen seen;
    ::pthread_getname_np(::pthread_self(), seen.name.data(), seen.name.size());
    ::pthread_sigmask(SIG_SETMASK, nullptr, &seen.blocked);
    promise.set_value(seen);
    return kNever;
  });
  sigset_t after;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &after), 0);
  task->wake();
  const Seen seen = promise.get_future().get();
  EXPECT_STREQ(seen.name.data(), "cfp-a-very-long");
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD, SIGALRM, SIGPROF}) {
    EXPECT_EQ(::sigismember(&seen.blocked, signal), 1) << signal;
    EXPECT_EQ(::sigismember(&after, signal), ::sigismember(&before, signal)) << signal;
  }
  EXPECT_EQ(::sigismember(&seen.blocked, SIGSEGV), 0);
}

TEST_F(ThreadBackgroundTest, DoesNotHangAForkedChildThatWakesOrDestroysATask) {
  std::counting_semaphore<> started(0);
  std::counting_semaphore<> go_on(0);
  auto waiting = background_->start("waiting", kNever, [] { return kNever; });
  auto running = background_->start("running", milliseconds(0), [&] {
    started.release();
    go_on.acquire();
    return kNever;
  });
  started.acquire();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    waiting->wake();
    running->wake();
    waiting.reset();
    running.reset();
    std::_Exit(7);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
  go_on.release();
}

TEST(SystemEnvironment, HasAWorkingClockAndBackground) {
  const Environment environment = make_system_environment();
  const auto before = environment.clock->steady_now();
  environment.clock->sleep(milliseconds(1));
  EXPECT_GE(environment.clock->steady_now() - before, milliseconds(1));
  const auto difference = environment.clock->now() - std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(difference), std::chrono::minutes(1));
  std::counting_semaphore<> ran(0);
  const auto task = environment.background->start("t", milliseconds(0), [&] {
    ran.release();
    return kNever;
  });
  ran.acquire();
  EXPECT_EQ(environment.open_base_directory("/tmp")->path(), "/tmp");
}

}  // namespace
}  // namespace cfp::os
