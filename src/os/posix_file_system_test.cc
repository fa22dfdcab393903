#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "os/file_system.h"
#include "support/system_errors.h"
#include "support/temporary_directory.h"

namespace cfp::os {
namespace {

namespace fs = std::filesystem;
using support::error_of;

mode_t permissions_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

class PosixDirectory : public ::testing::Test {
 protected:
  [[nodiscard]] int error_of_open(const std::string& name, OpenMode mode) {
    return error_of([&] { directory_->open(name, mode); });
  }
  void make_file(const std::string& name) { std::ofstream(temporary_.path() / name) << "bytes"; }

  support::TemporaryDirectory temporary_;
  std::unique_ptr<Directory> directory_ = open_base_directory(temporary_.path());
};

TEST_F(PosixDirectory, MakesFilesForTheOwnerOnlyWhateverTheUmask) {
  const mode_t before = ::umask(0777);
  directory_->open("closed", OpenMode::create);
  ::umask(0);
  directory_->open("open", OpenMode::create);
  directory_->open_directory("sub", true);
  ::umask(before);
  EXPECT_EQ(permissions_of(temporary_.path() / "closed"), 0600U);
  EXPECT_EQ(permissions_of(temporary_.path() / "open"), 0600U);
  EXPECT_EQ(permissions_of(temporary_.path() / "sub"), 0700U);
}

TEST_F(PosixDirectory, CreatesOnlyWhatIsNotThereAndOpensOnlyWhatIs) {
  EXPECT_EQ(error_of_open("a", OpenMode::read), ENOENT);
  EXPECT_EQ(error_of_open("a", OpenMode::write), ENOENT);
  EXPECT_EQ(error_of_open("a", OpenMode::create), 0);
  EXPECT_EQ(error_of_open("a", OpenMode::create), EEXIST);
  EXPECT_EQ(error_of_open("a", OpenMode::write), 0);
}

TEST_F(PosixDirectory, DoesNotFollowALinkInAnyMode) {
  make_file("target");
  fs::create_symlink("target", temporary_.path() / "link");
  fs::create_symlink("nowhere", temporary_.path() / "dangling");
  EXPECT_EQ(error_of_open("link", OpenMode::read), ELOOP);
  EXPECT_EQ(error_of_open("link", OpenMode::write), ELOOP);
  EXPECT_EQ(error_of_open("link", OpenMode::create), EEXIST);
  EXPECT_EQ(error_of_open("dangling", OpenMode::create), EEXIST);
  EXPECT_FALSE(fs::exists(temporary_.path() / "nowhere"));
}

TEST_F(PosixDirectory, RefusesAFileWithASecondName) {
  make_file("a");
  fs::create_hard_link(temporary_.path() / "a", temporary_.path() / "b");
  EXPECT_EQ(error_of_open("a", OpenMode::read), EINVAL);
  EXPECT_EQ(error_of_open("b", OpenMode::write), EINVAL);
  directory_->remove("b");
  EXPECT_EQ(error_of_open("a", OpenMode::read), 0);
}

TEST_F(PosixDirectory, RefusesWhatIsNoRegularFileWithoutWaitingForIt) {
  ASSERT_EQ(::mkfifo((temporary_.path() / "fifo").c_str(), 0600), 0);
  directory_->open_directory("sub", true);
  const int sock = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, (temporary_.path() / "socket").c_str(), sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(sock, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ::close(sock);
  for (const auto* name : {"fifo", "sub", "socket"}) {
    EXPECT_EQ(error_of_open(name, OpenMode::read), EINVAL) << name;
    EXPECT_EQ(error_of_open(name, OpenMode::write), EINVAL) << name;
  }
}

TEST_F(PosixDirectory, TakesNoNameThatLeadsElsewhere) {
  const std::string with_nul("a\0b", 3);
  for (const auto& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("/etc"), with_nul}) {
    EXPECT_EQ(error_of_open(name, OpenMode::create), EINVAL);
    EXPECT_EQ(error_of([&] { directory_->rename(name, "x"); }), EINVAL);
    EXPECT_EQ(error_of([&] { directory_->rename("x", name); }), EINVAL);
    EXPECT_EQ(error_of([&] { directory_->remove(name); }), EINVAL);
    EXPECT_EQ(error_of([&] { directory_->remove_directory(name); }), EINVAL);
    EXPECT_EQ(error_of([&] { directory_->open_directory(name, true); }), EINVAL);
  }
}

TEST_F(PosixDirectory, ListsEverythingByNameAndKind) {
  make_file("b");
  directory_->open_directory("c", true);
  fs::create_symlink("b", temporary_.path() / "a");
  for (int round = 0; round < 2; ++round) {
    const auto entries = directory_->list();
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_EQ(entries[0].name, "a");
    EXPECT_EQ(entries[0].kind, EntryKind::other);
    EXPECT_EQ(entries[1].name, "b");
    EXPECT_EQ(entries[1].kind, EntryKind::file);
    EXPECT_EQ(entries[2].name, "c");
    EXPECT_EQ(entries[2].kind, EntryKind::directory);
  }
  EXPECT_TRUE(directory_->contains("a"));
  EXPECT_FALSE(directory_->contains("d"));
}

TEST_F(PosixDirectory, RenamesOverWhatIsThereAndMovesAcross) {
  directory_->open("old", OpenMode::create)->write(0, "old");
  directory_->open("new", OpenMode::create)->write(0, "new");
  directory_->rename("new", "old");
  EXPECT_EQ(directory_->open("old", OpenMode::read)->read(0, 99), "new");
  EXPECT_FALSE(directory_->contains("new"));

  const auto sub = directory_->open_directory("sub", true);
  directory_->move("old", *sub, "moved");
  EXPECT_EQ(sub->open("moved", OpenMode::read)->read(0, 99), "new");
  EXPECT_FALSE(directory_->contains("old"));
  EXPECT_EQ(sub->path(), directory_->path() / "sub");
}

TEST_F(PosixDirectory, RemovesFilesAndEmptyDirectoriesOnly) {
  const auto sub = directory_->open_directory("sub", true);
  sub->open("a", OpenMode::create);
  EXPECT_EQ(error_of([&] { directory_->remove("sub"); }), EISDIR);
  EXPECT_EQ(error_of([&] { directory_->remove_directory("sub"); }), ENOTEMPTY);
  sub->remove("a");
  directory_->remove_directory("sub");
  EXPECT_EQ(error_of([&] { directory_->remove("sub"); }), ENOENT);
  EXPECT_EQ(error_of([&] { directory_->sync(); }), 0);
}

TEST_F(PosixDirectory, OpensSubdirectoriesButNeitherFilesNorLinks) {
  EXPECT_EQ(error_of([&] { directory_->open_directory("sub", false); }), ENOENT);
  directory_->open_directory("sub", true);
  directory_->open_directory("sub", true);
  directory_->open_directory("sub", false);
  make_file("file");
  fs::create_directory_symlink("sub", temporary_.path() / "link");
  EXPECT_EQ(error_of([&] { directory_->open_directory("file", true); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { directory_->open_directory("link", true); }), ELOOP);
}

TEST_F(PosixDirectory, StaysTheDirectoryItWasWhenItsPathIsReplaced) {
  const auto sub = directory_->open_directory("sub", true);
  fs::rename(temporary_.path() / "sub", temporary_.path() / "away");
  fs::create_directory_symlink("/tmp", temporary_.path() / "sub");
  sub->open("a", OpenMode::create);
  EXPECT_TRUE(fs::exists(temporary_.path() / "away" / "a"));
}

TEST_F(PosixDirectory, MakesTheBaseDirectoryAndItsParents) {
  const fs::path base = temporary_.path() / "x" / "y" / "base";
  EXPECT_EQ(open_base_directory(base)->path(), base);
  EXPECT_EQ(permissions_of(temporary_.path() / "x"), 0700U);
  EXPECT_EQ(permissions_of(base), 0700U);
  EXPECT_EQ(open_base_directory(base / "")->path(), base);
  EXPECT_EQ(open_base_directory("/")->path(), "/");
}

TEST_F(PosixDirectory, LeavesThePermissionsOfAnExistingBaseDirectory) {
  fs::create_directory(temporary_.path() / "base");
  ASSERT_EQ(::chmod((temporary_.path() / "base").c_str(), 0755), 0);
  open_base_directory(temporary_.path() / "base");
  EXPECT_EQ(permissions_of(temporary_.path() / "base"), 0755U);
}

TEST_F(PosixDirectory, RefusesALinkOrAFileAsBaseDirectory) {
  make_file("file");
  directory_->open_directory("sub", true);
  fs::create_directory_symlink("sub", temporary_.path() / "link");
  fs::create_directory_symlink("nowhere", temporary_.path() / "dangling");
  EXPECT_EQ(error_of([&] { open_base_directory(temporary_.path() / "file"); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { open_base_directory(temporary_.path() / "file" / "base"); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { open_base_directory(temporary_.path() / "link"); }), ELOOP);
  EXPECT_EQ(error_of([&] { open_base_directory(temporary_.path() / "link" / ""); }), ELOOP);
  EXPECT_EQ(error_of([&] { open_base_directory(temporary_.path() / "dangling"); }), ELOOP);
  EXPECT_EQ(error_of([&] { open_base_directory(temporary_.path() / "link" / "base"); }), 0);
}

/// A file system of its own; skips the test where this process may not mount.
class PosixMount : public PosixDirectory {
 protected:
  void mount(const char* options) {
    fs::create_directory(point_);
    mounted_ = ::mount("cfp_test", point_.c_str(), "tmpfs", 0, options) == 0;
    if (!mounted_) GTEST_SKIP() << "mounting a tmpfs is not allowed here: " << std::strerror(errno);
  }
  void TearDown() override {
    if (mounted_) ::umount2(point_.c_str(), MNT_DETACH);
  }

  const fs::path point_ = temporary_.path() / "mount";
  bool mounted_ = false;
};

TEST_F(PosixMount, ReportsADiskMountedReadOnly) {
  mount("size=1m");
  if (!mounted_) return;
  open_base_directory(point_)->open("a", OpenMode::create);
  ASSERT_EQ(::mount(nullptr, point_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  const auto mounted = open_base_directory(point_);
  EXPECT_EQ(error_of([&] { mounted->open("a", OpenMode::read); }), 0);
  EXPECT_EQ(error_of([&] { mounted->open("a", OpenMode::write); }), EROFS);
  EXPECT_EQ(error_of([&] { mounted->open("b", OpenMode::create); }), EROFS);
  EXPECT_EQ(error_of([&] { mounted->open_directory("sub", true); }), EROFS);
  EXPECT_EQ(error_of([&] { open_base_directory(point_ / "base"); }), EROFS);
}

TEST_F(PosixMount, ReportsAMoveToAnotherFileSystem) {
  mount("size=1m");
  if (!mounted_) return;
  make_file("a");
  const auto mounted = directory_->open_directory("mount", false);
  EXPECT_EQ(error_of([&] { directory_->move("a", *mounted, "a"); }), EXDEV);
  EXPECT_TRUE(directory_->contains("a"));
}

TEST_F(PosixMount, ReportsAFullDiskAndGoesOnWhenThereIsSpace) {
  mount("size=64k");
  if (!mounted_) return;
  const auto mounted = open_base_directory(point_);
  const auto file = mounted->open("a", OpenMode::create);
  EXPECT_EQ(error_of([&] { file->write(0, std::string(1 << 20, 'x')); }), ENOSPC);
  EXPECT_GT(file->size(), 0U);
  file->truncate(0);
  EXPECT_EQ(error_of([&] { file->allocate(1 << 20); }), ENOSPC);
  file->truncate(0);
  file->write(0, "small");
  file->sync();
  EXPECT_EQ(file->read(0, 99), "small");
}

TEST_F(PosixDirectory, ReportsADirectoryWithoutWritePermission) {
  if (::geteuid() == 0) {
    // Root may write everywhere, so a child gives that up first; its exit status is the errno.
    ASSERT_EQ(::chmod(temporary_.path().c_str(), 0555), 0);
    const auto try_as_nobody = [&] {
      if (::setgid(65534) != 0 || ::setuid(65534) != 0) std::_Exit(255);
      std::_Exit(error_of_open("a", OpenMode::create));
    };
    EXPECT_EXIT(try_as_nobody(), ::testing::ExitedWithCode(EACCES), "");
    ASSERT_EQ(::chmod(temporary_.path().c_str(), 0700), 0);
    return;
  }
  ASSERT_EQ(::chmod(temporary_.path().c_str(), 0555), 0);
  EXPECT_EQ(error_of_open("a", OpenMode::create), EACCES);
  ASSERT_EQ(::chmod(temporary_.path().c_str(), 0700), 0);
}

TEST(NetworkDisk, KnowsALocalDiskEvenWhereTheDirectoryIsStillMissing) {
  const support::TemporaryDirectory temporary;
  EXPECT_FALSE(is_network_disk(temporary.path()));
  EXPECT_FALSE(is_network_disk(temporary.path() / "not" / "there"));
}

}  // namespace
}  // namespace cfp::os
