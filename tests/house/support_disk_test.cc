// What the simulated disk promises to the tests that stand on it.

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "support/simulated_disk.h"
#include "support/system_errors.h"

namespace cfp::support {
namespace {

using os::OpenMode;

constexpr const char* kBase = "/store";
constexpr const char* kFile = "/store/a";

/// A file "a" with the synced content "durable".
void prepare(SimulatedDisk& disk) {
  const auto directory = disk.open_base_directory(kBase);
  const auto file = directory->open("a", OpenMode::create);
  file->write(0, "durable");
  file->sync();
  directory->sync();
}

/// Everything that a random crash after `act` leaves of the file "a", over many seeds; "-" for no file.
template <typename Act>
std::set<std::string> outcomes(const Act& act) {
  std::set<std::string> all;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedDisk disk(seed);
    prepare(disk);
    act(disk, *disk.open_base_directory(kBase));
    disk.crash(CrashMode::random);
    all.insert(disk.content(kFile).value_or("-"));
  }
  return all;
}

TEST(SimulatedDisk, LosesUnsyncedWritesAndNamesInAStrictPowerLoss) {
  SimulatedDisk disk(1);
  prepare(disk);
  const auto directory = disk.open_base_directory(kBase);
  directory->open("a", OpenMode::write)->write(0, "changed, longer");
  const auto unnamed = directory->open("b", OpenMode::create);
  unnamed->write(0, "x");
  unnamed->sync();
  disk.crash(CrashMode::drop_unsynced);
  EXPECT_EQ(disk.content(kFile), "durable");
  EXPECT_EQ(disk.content("/store/b"), std::nullopt);
}

TEST(SimulatedDisk, KeepsAllWhenOnlyTheProcessDiesButNotWhenThePowerGoesLater) {
  SimulatedDisk disk(1);
  prepare(disk);
  disk.open_base_directory(kBase)->open("a", OpenMode::write)->write(0, "changed");
  disk.open_base_directory(kBase)->open("b", OpenMode::create);
  disk.crash(CrashMode::keep_all);
  EXPECT_EQ(disk.content(kFile), "changed");
  EXPECT_EQ(disk.content("/store/b"), "");
  disk.crash(CrashMode::drop_unsynced);
  EXPECT_EQ(disk.content(kFile), "durable");
  EXPECT_EQ(disk.content("/store/b"), std::nullopt);
}

TEST(SimulatedDisk, KeepsWhatWasSyncedWhateverTheSeed) {
  const auto all = outcomes([](SimulatedDisk&, os::Directory& directory) {
    const auto file = directory.open("a", OpenMode::write);
    file->write(0, "changed");
    file->allocate(10);
    file->truncate(3);
    file->sync();
  });
  EXPECT_EQ(all, std::set<std::string>{"cha"});
}

TEST(SimulatedDisk, KeepsOrDropsEachUnsyncedWriteByItself) {
  const auto all = outcomes([](SimulatedDisk&, os::Directory& directory) {
    const auto file = directory.open("a", OpenMode::write);
    file->write(0, "D");
    file->write(6, "E");
  });
  EXPECT_EQ(all, (std::set<std::string>{"durable", "Durable", "durablE", "DurablE"}));
}

TEST(SimulatedDisk, LeavesAnySizeThatTheFileHad) {
  const auto all = outcomes([](SimulatedDisk&, os::Directory& directory) {
    const auto file = directory.open("a", OpenMode::write);
    file->truncate(3);
    file->allocate(9);
  });
  EXPECT_TRUE(all.contains("durable"));
  EXPECT_TRUE(all.contains("dur"));
  EXPECT_TRUE(all.contains(std::string("dur\0\0\0\0\0\0", 9)));
  EXPECT_TRUE(all.contains(std::string("durable\0\0", 9)));
}

TEST(SimulatedDisk, TearsAWriteAtBlocksOf512Bytes) {
  bool saw_hole = false;
  const auto all = outcomes([](SimulatedDisk&, os::Directory& directory) {
    directory.open("a", OpenMode::write)->write(500, std::string(1100, 'x'));
  });
  for (const std::string& content : all) {
    EXPECT_EQ(content.substr(0, 7), "durable");
    for (std::size_t begin = 500; begin < content.size(); begin = (begin / 512 + 1) * 512) {
      const std::string block = content.substr(begin, 512 - begin % 512);
      EXPECT_EQ(block, std::string(block.size(), block.front()));
    }
    saw_hole = saw_hole || (content.size() == 1600 && content[600] == '\0' && content[1599] == 'x');
  }
  EXPECT_TRUE(saw_hole);
}

TEST(SimulatedDisk, LosesEachUnsyncedNameByItself) {
  const auto all = outcomes([](SimulatedDisk&, os::Directory& directory) {
    directory.open("new", OpenMode::create)->write(0, "N");
    directory.rename("new", "a");
  });
  // The rename may come before the data, and the size before the bytes.
  EXPECT_EQ(all, (std::set<std::string>{"durable", "", std::string(1, '\0'), "N"}));
}

TEST(SimulatedDisk, KeepsARenamedFileUnderOneOfItsTwoNames) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimulatedDisk disk(seed);
    prepare(disk);
    const auto directory = disk.open_base_directory(kBase);
    const auto sub = directory->open_directory("sub", true);
    directory->move("a", *sub, "b");
    if (seed % 3 == 0) directory->sync();
    if (seed % 3 == 1) sub->sync();
    disk.crash(CrashMode::random);
    const bool is_old = disk.content(kFile).has_value();
    EXPECT_NE(is_old, disk.content("/store/sub/b").has_value());
    EXPECT_FALSE(is_old && seed % 3 != 2);
  }
}

TEST(SimulatedDisk, GivesUpWhatAFailedSyncDidNotSave) {
  std::set<std::string> all;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimulatedDisk disk(seed);
    prepare(disk);
    const auto file = disk.open_base_directory(kBase)->open("a", OpenMode::write);
    file->write(0, "D");
    disk.fail_at(disk.calls() + 1, EIO, Repeat::once);
    EXPECT_EQ(error_of([&] { file->sync(); }), EIO);
    EXPECT_EQ(file->read(0, 99), "Durable");
    file->write(6, "E");
    file->sync();  // Succeeds, and says nothing of the write before.
    EXPECT_EQ(file->read(0, 99), "DurablE");
    disk.crash(CrashMode::keep_all);
    EXPECT_EQ(disk.content(kFile), "DurablE");
    disk.crash(seed % 2 == 0 ? CrashMode::drop_unsynced : CrashMode::random);
    all.insert(disk.content(kFile).value_or("-"));
  }
  EXPECT_EQ(all, (std::set<std::string>{"durablE", "DurablE"}));
}

TEST(SimulatedDisk, FailsTheCallThatWasChosenAndMayHaveWrittenAPart) {
  std::set<std::string> all;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimulatedDisk disk(seed);
    prepare(disk);
    const auto file = disk.open_base_directory(kBase)->open("a", OpenMode::write);
    disk.fail_at(disk.calls() + 2, ENOSPC, Repeat::once);
    file->write(0, "d");
    EXPECT_EQ(error_of([&] { file->write(0, "DUR"); }), ENOSPC);
    all.insert(file->read(0, 99));
    EXPECT_EQ(error_of([&] { file->write(0, "x"); }), 0);
  }
  EXPECT_EQ(all, (std::set<std::string>{"durable", "Durable", "DUrable", "DURable"}));
}

TEST(SimulatedDisk, CanBeFullUntilThereIsSpaceWhileTruncateAndSyncWork) {
  SimulatedDisk disk(1);
  prepare(disk);
  const auto directory = disk.open_base_directory(kBase);
  const auto file = directory->open("a", OpenMode::write);
  disk.fail_at(disk.calls() + 1, ENOSPC, Repeat::from_then_on, calls_that_take_space());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(error_of([&] { file->write(0, "x"); }), ENOSPC);
  EXPECT_EQ(error_of([&] { directory->open("b", OpenMode::create); }), ENOSPC);
  EXPECT_FALSE(directory->contains("b"));
  file->truncate(2);
  file->sync();
  disk.clear_faults();
  file->write(2, "x");
  EXPECT_EQ(file->size(), 3U);
}

TEST(SimulatedDisk, CutsThePowerAtTheCallThatWasChosenAndIsDeadUntilTheReboot) {
  SimulatedDisk disk(1);
  prepare(disk);
  const auto directory = disk.open_base_directory(kBase);
  const auto file = directory->open("a", OpenMode::write);
  disk.crash_at(disk.calls() + 2, CrashMode::drop_unsynced);
  file->write(0, "D");
  EXPECT_THROW(file->sync(), PowerCut);
  EXPECT_TRUE(disk.is_off());
  EXPECT_EQ(error_of([&] { file->write(0, "x"); }), EIO);
  EXPECT_EQ(error_of([&] { file->read(0, 1); }), EIO);
  EXPECT_EQ(error_of([&] { directory->list(); }), EIO);
  EXPECT_EQ(error_of([&] { disk.open_base_directory(kBase); }), EIO);
  disk.reboot();
  EXPECT_EQ(disk.content(kFile), "durable");
  EXPECT_THROW(file->read(0, 1), std::logic_error);
  EXPECT_THROW(directory->list(), std::logic_error);
  EXPECT_EQ(disk.open_base_directory(kBase)->open("a", OpenMode::read)->read(0, 99), "durable");
}

TEST(SimulatedDisk, MayHaveDoneACallWhollyPartlyOrNotWhenItIsKilledInIt) {
  std::set<std::string> all;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimulatedDisk disk(seed);
    prepare(disk);
    const auto file = disk.open_base_directory(kBase)->open("a", OpenMode::write);
    disk.crash_at(disk.calls() + 1, CrashMode::keep_all);
    EXPECT_THROW(file->write(0, "DU"), PowerCut);
    disk.reboot();
    all.insert(disk.content(kFile).value_or("-"));
  }
  EXPECT_EQ(all, (std::set<std::string>{"durable", "Durable", "DUrable"}));
}

TEST(SimulatedDisk, CountsAndTracesTheCallsThatChangeOrSync) {
  SimulatedDisk disk(1);
  disk.record_trace();
  prepare(disk);
  const auto directory = disk.open_base_directory(kBase);
  directory->open("a", OpenMode::read)->read(0, 1);
  directory->list();
  disk.pass("commit");
  EXPECT_EQ(disk.calls(), 5U);
  EXPECT_EQ(disk.trace(), (std::vector<std::string>{"1 create /store/a", "2 write /store/a 0+7", "3 sync /store/a",
                                                    "4 sync /store/", "5 commit"}));
}

TEST(SimulatedDisk, DoesTheSameForTheSameSeed) {
  const auto run = [](std::uint64_t seed) {
    SimulatedDisk disk(seed);
    prepare(disk);
    const auto file = disk.open_base_directory(kBase)->open("a", OpenMode::write);
    for (std::uint64_t i = 0; i < 20; ++i) file->write(i * 300, std::string(700, static_cast<char>('a' + i)));
    disk.crash(CrashMode::random);
    return disk.content(kFile).value();
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(SimulatedDisk, ReportsWhatTheSystemWouldReport) {
  SimulatedDisk disk(1);
  prepare(disk);
  const auto directory = disk.open_base_directory(kBase);
  const auto sub = directory->open_directory("sub", true);
  sub->open("b", OpenMode::create);
  EXPECT_EQ(error_of([&] { directory->open("a", OpenMode::create); }), EEXIST);
  EXPECT_EQ(error_of([&] { directory->open("c", OpenMode::write); }), ENOENT);
  EXPECT_EQ(error_of([&] { directory->open("sub", OpenMode::read); }), EINVAL);
  EXPECT_EQ(error_of([&] { directory->open("a/b", OpenMode::read); }), EINVAL);
  EXPECT_EQ(error_of([&] { directory->open("a", OpenMode::read)->write(0, "x"); }), EBADF);
  EXPECT_EQ(error_of([&] { directory->rename("c", "d"); }), ENOENT);
  EXPECT_EQ(error_of([&] { directory->remove("c"); }), ENOENT);
  EXPECT_EQ(error_of([&] { directory->remove("sub"); }), EISDIR);
  EXPECT_EQ(error_of([&] { directory->remove_directory("sub"); }), ENOTEMPTY);
  EXPECT_EQ(error_of([&] { directory->remove_directory("a"); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { directory->open_directory("a", true); }), ENOTDIR);
  EXPECT_EQ(error_of([&] { directory->open_directory("c", false); }), ENOENT);
  EXPECT_EQ(sub->path(), "/store/sub");
}

TEST(SimulatedDisk, LetsATestDamageAFile) {
  SimulatedDisk disk(1);
  prepare(disk);
  disk.set_content(kFile, "damaged");
  disk.crash(CrashMode::drop_unsynced);
  EXPECT_EQ(disk.open_base_directory(kBase)->open("a", OpenMode::read)->read(0, 99), "damaged");
  EXPECT_THROW(disk.set_content("/store/b", ""), std::invalid_argument);
}

}  // namespace
}  // namespace cfp::support
