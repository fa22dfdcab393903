#include "os/store_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <thread>

#include "cfp/timestamp.h"
#include "os/descriptor.h"
#include "support/system_errors.h"
#include "support/temporary_directory.h"

namespace cfp::os {
namespace {

using support::error_of;

/// Runs `body` in a child; its exit status.
template <typename Body>
int status_of_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(body());
  int status = 0;
  EXPECT_EQ(without_interruption([&] { return ::waitpid(child, &status, 0); }), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

/// Two ends of a pipe, for telling another process to go on.
struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void say() const { EXPECT_EQ(::write(ends[1], "x", 1), 1); }
  void hear() const {
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  }
  std::array<int, 2> ends{};
};

class StoreLockTest : public ::testing::Test {
 protected:
  std::unique_ptr<StoreLock> acquire() const { return StoreLock::acquire(temporary_.path()); }
  support::TemporaryDirectory temporary_;
};

TEST_F(StoreLockTest, KeepsASecondOneOutInThisProcessUntilItIsReleased) {
  auto lock = acquire();
  ASSERT_NE(lock, nullptr);
  EXPECT_FALSE(lock->forked());
  EXPECT_EQ(acquire(), nullptr);
  EXPECT_EQ(acquire(), nullptr);
  lock.reset();
  EXPECT_NE(acquire(), nullptr);
}

TEST_F(StoreLockTest, KeepsAnotherProcessOut) {
  const auto lock = acquire();
  EXPECT_EQ(status_of_child([&] { return acquire() == nullptr ? 1 : 2; }), 1);
}

TEST_F(StoreLockTest, DiesWithItsOwner) {
  EXPECT_EQ(status_of_child([&] {
              // Never destroyed: the process ends as by a kill.
              return acquire().release() != nullptr ? 1 : 2;
            }),
            1);
  EXPECT_NE(acquire(), nullptr);
}

TEST_F(StoreLockTest, IsGoneInAForkedChildAndStaysInTheParent) {
  auto lock = acquire();
  const int status = status_of_child([&] {
    if (!lock->forked()) return 2;
    lock.reset();  // Closing what the child has must not unlock.
    return acquire() == nullptr ? 1 : 3;
  });
  EXPECT_EQ(status, 1);
  EXPECT_FALSE(lock->forked());
  EXPECT_EQ(acquire(), nullptr);
}

TEST_F(StoreLockTest, IsNotKeptAliveByAForkedChild) {
  auto lock = acquire();
  const Pipe go_on;
  const pid_t child = ::fork();
  if (child == 0) {
    go_on.hear();
    std::_Exit(0);
  }
  lock.reset();
  EXPECT_NE(acquire(), nullptr);
  go_on.say();
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
}

TEST_F(StoreLockTest, WatchesEveryLockOfTheProcess) {
  const support::TemporaryDirectory other;
  const auto first = acquire();
  auto second = StoreLock::acquire(other.path());
  const auto third_place = std::make_unique<support::TemporaryDirectory>();
  const auto third = StoreLock::acquire(third_place->path());
  second.reset();
  EXPECT_EQ(status_of_child([&] { return first->forked() && third->forked() ? 1 : 2; }), 1);
}

TEST_F(StoreLockTest, CanBeTakenByAForkedChildOnceTheParentLetsGo) {
  auto lock = acquire();
  const Pipe released;
  const pid_t child = ::fork();
  if (child == 0) {
    released.hear();
    const auto own = acquire();
    std::_Exit(own != nullptr && !own->forked() && lock->forked() ? 1 : 2);
  }
  lock.reset();
  released.say();
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST_F(StoreLockTest, SurvivesForksOfOtherThreads) {
  bool stop = false;
  std::mutex mutex;
  std::thread locker([&] {
    for (;;) {
      EXPECT_NE(acquire(), nullptr);
      const std::lock_guard guard(mutex);
      if (stop) return;
    }
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(status_of_child([] { return 1; }), 1);
  {
    const std::lock_guard guard(mutex);
    stop = true;
  }
  locker.join();
}

TEST_F(StoreLockTest, LeavesItsFileThereForTheOwnerOnly) {
  acquire();
  struct stat status {};
  ASSERT_EQ(::stat((temporary_.path() / ".lock").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(StoreLockTest, RefusesALinkAndWhatIsNoFile) {
  const auto path = temporary_.path() / ".lock";
  std::filesystem::create_symlink("elsewhere", path);
  EXPECT_EQ(error_of([&] { acquire(); }), ELOOP);
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { acquire(); }), EINVAL);
  EXPECT_EQ(error_of([&] { StoreLock::acquire(temporary_.path() / "missing"); }), ENOENT);
}

TEST(DescribeThisProcess, SaysWhoWhereAndSinceWhen) {
  const std::string text = describe_this_process();
  EXPECT_EQ(text.rfind("pid " + std::to_string(::getpid()) + " on ", 0), 0U) << text;
  const auto since = text.find(" since ");
  ASSERT_NE(since, std::string::npos) << text;
  const auto age = std::chrono::system_clock::now() - Timestamp(text.substr(since + 7)).utc();
  EXPECT_LT(age, std::chrono::minutes(1));
  EXPECT_EQ(text.substr(text.size() - 6), "+00:00");
}

TEST(SharedStoreLock, IsSharedByReadersAndKeepsAWriterOut) {
  const support::TemporaryDirectory directory;
  EXPECT_THROW(StoreLock::share(directory.path()), std::system_error) << "there is no file to lock";
  EXPECT_FALSE(std::filesystem::exists(directory.path() / ".lock"));
  auto writer = StoreLock::acquire(directory.path());
  EXPECT_EQ(StoreLock::share(directory.path()), nullptr);
  writer.reset();
  auto one = StoreLock::share(directory.path());
  auto other = StoreLock::share(directory.path());
  ASSERT_NE(one, nullptr);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(StoreLock::acquire(directory.path()), nullptr);
  one.reset();
  other->release();
  EXPECT_NE(StoreLock::acquire(directory.path()), nullptr);
}

}  // namespace
}  // namespace cfp::os
