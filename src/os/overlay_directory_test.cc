#include "os/overlay_directory.h"

#include <gtest/gtest.h>

#include "os/environment.h"
#include "support/temporary_directory.h"

namespace cfp::os {
namespace {

class OverlayDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    real_ = make_system_environment().open_base_directory(temporary_.path());
    put(*real_, "file", "abc");
    put(*real_->open_directory("folder", true), "inner", "xyz");
    overlay_ = make_overlay_directory(*real_);
  }
  static void put(Directory& directory, const std::string& name, const std::string& bytes) {
    directory.open(name, OpenMode::create)->write(0, bytes);
  }
  static std::string content(Directory& directory, const std::string& name) {
    const auto file = directory.open(name, OpenMode::read);
    return file->read(0, file->size());
  }
  const support::TemporaryDirectory temporary_;
  std::unique_ptr<Directory> real_, overlay_;
};

TEST_F(OverlayDirectory, ShowsWhatIsThere) {
  EXPECT_EQ(content(*overlay_, "file"), "abc");
  EXPECT_EQ(content(*overlay_->open_directory("folder", false), "inner"), "xyz");
  EXPECT_EQ(overlay_->list().size(), 2U);
  EXPECT_EQ(overlay_->list()[1].kind, EntryKind::directory);
  EXPECT_EQ(overlay_->path(), real_->path());
  EXPECT_THROW(overlay_->open("other", OpenMode::read), std::system_error);
}

TEST_F(OverlayDirectory, KeepsEveryChangeToItself) {
  const auto file = overlay_->open("file", OpenMode::write);
  file->write(2, "123");
  file->truncate(4);
  EXPECT_EQ(content(*overlay_, "file"), "ab12");
  const auto folder = overlay_->open_directory("folder", false);
  folder->rename("inner", "renamed");
  overlay_->move("file", *folder, "moved");
  put(*overlay_, "new", "n");
  overlay_->open_directory("made", true)->sync();
  EXPECT_EQ(content(*overlay_->open_directory("folder", false), "moved"), "ab12");
  EXPECT_EQ(content(*overlay_->open_directory("folder", false), "renamed"), "xyz");
  folder->remove("renamed");
  EXPECT_FALSE(overlay_->contains("file"));
  EXPECT_TRUE(overlay_->contains("new"));
  EXPECT_EQ(content(*real_, "file"), "abc");
  EXPECT_EQ(content(*real_->open_directory("folder", false), "inner"), "xyz");
  EXPECT_EQ(real_->list().size(), 2U);
}

TEST_F(OverlayDirectory, CanBeLaidOverAnother) {
  const auto second = make_overlay_directory(*overlay_);
  put(*overlay_, "later", "not seen: a disk must not change under an overlay");
  second->rename("file", "renamed");
  second->open("renamed", OpenMode::write)->write(0, "z");
  EXPECT_EQ(content(*second, "renamed"), "zbc");
  EXPECT_EQ(content(*overlay_, "file"), "abc");
}

TEST_F(OverlayDirectory, FailsWhereADiskDoes) {
  EXPECT_THROW(overlay_->open("file", OpenMode::create), std::system_error);
  EXPECT_THROW(overlay_->open("folder", OpenMode::read), std::system_error);
  EXPECT_THROW(overlay_->open_directory("file", false), std::system_error);
  EXPECT_THROW(overlay_->remove_directory("folder"), std::system_error);
  EXPECT_THROW(overlay_->remove("other"), std::system_error);
}

}  // namespace
}  // namespace cfp::os
