#include "recovery/torn_tail.h"

#include <gtest/gtest.h>

#include "support/simulated_log.h"

namespace cfp::recovery {
namespace {

using support::CrashMode;
using support::SimulatedLog;
using Names = std::vector<std::string>;
constexpr const char* kName = "wal_000001.jsonl";

TEST(TornTail, MovesTheBytesIntoAFileBesideIt) {
  SimulatedLog log;
  log.put(kName, "good tail" + std::string(100, '\0'));
  EXPECT_EQ(set_aside_tail(*log.date, kName, 5, 9), 4U);
  log.crash(CrashMode::drop_unsynced);
  EXPECT_EQ(log.content(kName), "good ");
  EXPECT_EQ(log.content("wal_000001.jsonl.torn"), "tail");
}

TEST(TornTail, RenamesAWholeFile) {
  SimulatedLog log;
  log.put(kName, "tail");
  EXPECT_EQ(set_aside_tail(*log.date, kName, 0, 4), 4U);
  log.crash(CrashMode::drop_unsynced);
  EXPECT_EQ(log.names(), Names{"wal_000001.jsonl.torn"});
}

TEST(TornTail, NeverReplacesOneThatIsThereAlready) {
  SimulatedLog log;
  for (const char* tail : {"one", "two", "three"}) {
    log.put(kName, std::string("good ") + tail);
    set_aside_tail(*log.date, kName, 5, 5 + std::string(tail).size());
  }
  EXPECT_EQ(log.content("wal_000001.jsonl.torn"), "one");
  EXPECT_EQ(log.content("wal_000001.jsonl.2.torn"), "two");
  EXPECT_EQ(log.content("wal_000001.jsonl.3.torn"), "three");
}

TEST(TornTail, IsInOneOfTheTwoFilesWhereverItIsKilled) {
  for (const CrashMode mode : {CrashMode::keep_all, CrashMode::drop_unsynced, CrashMode::random}) {
    for (const std::uint64_t offset : {0U, 5U}) {
      bool was_cut = true;
      for (std::uint64_t call = 1; was_cut; ++call) {
        SimulatedLog log(call);
        log.put(kName, "good tail");
        log.disk.crash_at(log.disk.calls() + call, mode);
        try {
          set_aside_tail(*log.date, kName, offset, 9);
        } catch (const support::PowerCut&) {
        }
        was_cut = log.disk.is_off();
        log.disk.reboot();
        if (was_cut) log.open_directories();
        const bool in_place = log.date->contains(kName) && log.content(kName) == "good tail";
        const bool aside = log.date->contains("wal_000001.jsonl.torn") &&
                           log.content("wal_000001.jsonl.torn") == std::string("good tail").substr(offset);
        EXPECT_TRUE(in_place || aside) << "call " << call;
      }
    }
  }
}

TEST(TornTail, SettlingMakesTheGoodPartDurableAndCutsTheRest) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimulatedLog log(seed);
    log.put(kName, "old ");
    const auto file = log.date->open(kName, os::OpenMode::write);
    file->write(4, "new " + std::string(50, '\0'));
    log.disk.fail_at(1, EIO, support::Repeat::once, {support::Call::sync});
    EXPECT_THROW(file->sync(), std::system_error);  // the system takes "new" for clean now
    settle_segment(*log.date, kName, "old new ", 4, 8);
    log.crash(CrashMode::drop_unsynced);
    EXPECT_EQ(log.content(kName), "old new ") << "seed " << seed;
  }
}

}  // namespace
}  // namespace cfp::recovery
