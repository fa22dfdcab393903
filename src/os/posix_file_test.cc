#include "os/posix_file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <limits>

#include "support/seeded_choice.h"
#include "support/system_errors.h"
#include "support/temporary_directory.h"

namespace cfp::os {
namespace {

using support::error_of;

class PosixFileTest : public ::testing::Test {
 protected:
  support::TemporaryDirectory temporary_;
  std::unique_ptr<Directory> directory_ = open_base_directory(temporary_.path());
  std::unique_ptr<File> file_ = directory_->open("file", OpenMode::create);
};

TEST_F(PosixFileTest, ReadsWhatWasWrittenAndLessOnlyAtTheEnd) {
  file_->write(0, "hello");
  file_->write(5, " world");
  file_->write(3, "");
  EXPECT_EQ(file_->size(), 11U);
  EXPECT_EQ(file_->read(0, 5), "hello");
  EXPECT_EQ(file_->read(6, 100), "world");
  EXPECT_EQ(file_->read(11, 1), "");
  EXPECT_EQ(file_->read(100, 1), "");
  EXPECT_EQ(file_->read(0, std::numeric_limits<std::uint64_t>::max()), "hello world");
}

TEST_F(PosixFileTest, ReadsAHoleAsZeroBytes) {
  file_->write(4, "x");
  EXPECT_EQ(file_->read(0, 5), std::string("\0\0\0\0x", 5));
}

TEST_F(PosixFileTest, WritesMoreThanOneCallCanTake) {
  std::string bytes(5 << 20, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 >> 7);
  file_->write(123, bytes);
  file_->sync();
  EXPECT_EQ(directory_->open("file", OpenMode::read)->read(123, bytes.size()), bytes);
}

/// What is written past the cache is what the cache says afterwards, and what was there before stays.
TEST_F(PosixFileTest, WritesThroughAtAnyPlaceAndOfAnySize) {
  support::SeededChoice choice(3);
  std::string expected;
  file_->allocate(1 << 16);
  for (int i = 0; i < 300; ++i) {
    const std::string bytes(1 + choice.below(i % 50 == 0 ? 3'000'000 : 9'000), static_cast<char>('a' + i % 26));
    switch (choice.below(8)) {
      case 0:
        file_->write(expected.size(), bytes);
        break;
      case 1:
        file_->truncate(expected.size());
        [[fallthrough]];
      default:
        file_->write_through(expected.size(), bytes);
    }
    expected += bytes;
    if (choice.below(10) == 0) {
      ASSERT_EQ(file_->read(0, expected.size()), expected) << i;
    }
  }
  file_->sync();
  const std::string all = directory_->open("file", OpenMode::read)->read(0, UINT64_MAX);
  ASSERT_EQ(all.substr(0, expected.size()), expected);
  EXPECT_EQ(all.find_first_not_of('\0', expected.size()), std::string::npos);
  file_->truncate(0);
  file_->write_through(0, "anew");
  EXPECT_EQ(file_->read(0, 4), "anew");
  file_->write_through(2, "other");  // not where the last one ended
  EXPECT_EQ(file_->read(0, 7), "another");
}

TEST_F(PosixFileTest, IsFullOfZerosThatAreReallyThere) {
  file_->allocate(300'000);
  file_->fill_with_zeros();
  EXPECT_EQ(file_->read(0, UINT64_MAX).find_first_not_of('\0'), std::string::npos);
  EXPECT_GE(file_->size(), 300'000U);
}

TEST_F(PosixFileTest, AllocatesRealSpaceWithTheSizeAndNeverShrinks) {
  file_->write(0, "x");
  file_->allocate(1 << 16);
  EXPECT_EQ(file_->size(), 1U << 16);
  EXPECT_EQ(file_->read(0, 2), std::string("x\0", 2));
  struct stat status {};
  ASSERT_EQ(::stat((temporary_.path() / "file").c_str(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, 1 << 16);
  file_->allocate(10);
  file_->allocate(0);
  EXPECT_EQ(file_->size(), 1U << 16);
}

TEST_F(PosixFileTest, WritesBackWhatWasWrittenAndChangesNothing) {
  file_->write(0, std::string(300'000, 'x'));
  file_->write_back(0, 131'072);
  file_->write_back(262'144, 1'000'000);  // beyond its end
  EXPECT_EQ(file_->size(), 300'000U);
  EXPECT_EQ(error_of([&] { file_->write_back(std::numeric_limits<std::uint64_t>::max(), 1); }), EFBIG);
}

TEST_F(PosixFileTest, TruncatesAndReadsZeroBytesWhereItGrowsAgain) {
  file_->write(0, "hello");
  file_->truncate(2);
  file_->truncate(4);
  EXPECT_EQ(file_->read(0, 9), std::string("he\0\0", 4));
}

TEST_F(PosixFileTest, RefusesOffsetsThatNoFileCanHave) {
  constexpr auto kHuge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(error_of([&] { file_->write(kHuge, "x"); }), EFBIG);
  EXPECT_EQ(error_of([&] { file_->truncate(kHuge); }), EFBIG);
  EXPECT_EQ(error_of([&] { file_->allocate(kHuge); }), EFBIG);
  EXPECT_EQ(file_->read(kHuge, kHuge), "");
}

TEST_F(PosixFileTest, ReportsWritingToAFileOpenedForReading) {
  const auto reader = directory_->open("file", OpenMode::read);
  EXPECT_EQ(error_of([&] { reader->write(0, "x"); }), EBADF);
}

TEST_F(PosixFileTest, NamesTheCallAndTheFileInItsErrors) {
  try {
    directory_->open("file", OpenMode::read)->write(0, "x");
    FAIL();
  } catch (const std::system_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("write " + (temporary_.path() / "file").string()), std::string::npos) << text;
  }
}

TEST_F(PosixFileTest, ContinuesAfterAShortWriteUntilTheLimitIsReported) {
  const auto try_limited = [&] {
    const rlimit limit{4096, 4096};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) std::_Exit(255);
    const int error = error_of([&] { file_->write(1, std::string(8192, 'x')); });
    std::_Exit(file_->size() == 4096 ? error : 254);
  };
  EXPECT_EXIT(try_limited(), ::testing::ExitedWithCode(EFBIG), "");
}

TEST_F(PosixFileTest, AWriteThroughThatFailsHalfWayLeavesWhatWasThere) {
  const auto try_limited = [&] {
    const rlimit limit{8192, 8192};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) std::_Exit(255);
    file_->write_through(0, std::string(5000, 'a'));
    const int error = error_of([&] { file_->write_through(5000, std::string(9000, 'b')); });
    if (file_->read(0, 5000) != std::string(5000, 'a')) std::_Exit(254);
    file_->truncate(5000);
    file_->write_through(5000, "goes on");
    std::_Exit(file_->read(4999, 8) == "agoes on" ? error : 253);
  };
  EXPECT_EXIT(try_limited(), ::testing::ExitedWithCode(EFBIG), "");
}

/// A disk whose blocks are others finds out with the first write: here one that a limit cuts to an odd length.
TEST_F(PosixFileTest, WritesThroughTheCacheWhereBlocksAreRefused) {
  const auto try_limited = [&] {
    const rlimit limit{6000, 6000};
    ::signal(SIGXFSZ, SIG_IGN);
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) std::_Exit(255);
    file_->write_through(0, std::string(5500, 'a'));
    file_->write_through(5500, std::string(400, 'b'));
    std::_Exit(file_->read(0, 9999) == std::string(5500, 'a') + std::string(400, 'b') ? 7 : 8);
  };
  EXPECT_EXIT(try_limited(), ::testing::ExitedWithCode(7), "");
}

/// A file of the kernel's own, which has no direct writes at all: how soon this process is to be killed for its memory.
TEST(PosixFileOfTheKernel, IsWrittenThroughTheCacheToo) {
  const auto first_try = [] {
    Descriptor score = open_at(AT_FDCWD, "/proc/self/oom_score_adj", O_RDWR, 0, "score");
    const int number = score.number();
    if (::fcntl(number, F_SETFL, O_DIRECT) == 0) std::_Exit(255);
    PosixFile file(std::move(score), "score");
    file.write_through(0, "998");
    file.write_through(0, "999");
    char text[8] = {};
    std::_Exit(::pread(number, text, sizeof text, 0) == 4 && std::string(text) == "999\n" ? 7 : 8);
  };
  EXPECT_EXIT(first_try(), ::testing::ExitedWithCode(7), "");
}

TEST_F(PosixFileTest, StaysOffTheStandardStreamsWhenTheyAreClosed) {
  const auto try_without_streams = [&] {
    ::close(STDIN_FILENO);
    ::close(STDOUT_FILENO);
    const auto log = directory_->open("log", OpenMode::create);
    log->write(0, "record");
    static_cast<void>(::write(STDIN_FILENO, "stray", 5) + ::write(STDOUT_FILENO, "stray", 5));
    std::_Exit(log->read(0, 99) == "record" ? 7 : 8);
  };
  EXPECT_EXIT(try_without_streams(), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace cfp::os
