#include "os/read_only_directory.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/system_errors.h"
#include "support/temporary_directory.h"

namespace cfp::os {
namespace {

using support::error_of;

TEST(ReadOnlyDirectory, ShowsWhatIsThereAndChangesNothing) {
  const support::TemporaryDirectory temporary;
  std::filesystem::create_directory(temporary.path() / "sub");
  std::ofstream(temporary.path() / "file") << "text";
  const auto directory = open_directory_read_only(temporary.path());
  EXPECT_EQ(directory->list().size(), 2U);
  EXPECT_EQ(directory->open("file", OpenMode::read)->read(0, 10), "text");
  const auto sub = directory->open_directory("sub", false);
  EXPECT_EQ(error_of([&] { directory->open("file", OpenMode::write); }), EROFS);
  EXPECT_EQ(error_of([&] { directory->open("new", OpenMode::create); }), EROFS);
  EXPECT_EQ(error_of([&] { sub->open("new", OpenMode::create); }), EROFS);
  EXPECT_EQ(error_of([&] { directory->rename("file", "other"); }), EROFS);
  EXPECT_EQ(error_of([&] { directory->move("file", *sub, "file"); }), EROFS);
  EXPECT_EQ(error_of([&] { directory->remove("file"); }), EROFS);
  EXPECT_EQ(error_of([&] { directory->remove_directory("sub"); }), EROFS);
  EXPECT_EQ(error_of([&] { directory->open_directory("new", true); }), EROFS);
  EXPECT_EQ(error_of([&] { directory->open("file", OpenMode::read)->write(0, "x"); }), EBADF);
  EXPECT_EQ(directory->list().size(), 2U);
}

TEST(ReadOnlyDirectory, MakesNoDirectoryWhereThereIsNone) {
  const support::TemporaryDirectory temporary;
  EXPECT_EQ(error_of([&] { open_directory_read_only(temporary.path() / "none"); }), ENOENT);
  EXPECT_FALSE(std::filesystem::exists(temporary.path() / "none"));
}

}  // namespace
}  // namespace cfp::os
