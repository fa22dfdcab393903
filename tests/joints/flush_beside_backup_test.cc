// A backup of a running store as the engine joins its rooms: what is stored meanwhile is flushed meanwhile, and waits
// for the next one.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "engine/engine.h"
#include "support/temporary_directory.h"
#include "support/watched_directory.h"

namespace cfp::engine {
namespace {

using support::WatchedDirectory;

TEST(FlushBesideBackup, GoesOnWhileATableIsCopied) {
  const support::TemporaryDirectory directory;
  CollectionConfig config;
  config.base_dir = directory.path() / "store";
  EngineParts parts = make_system_parts(Date("2025-12-24"), config);
  std::function<void()> before_piece = [] {};
  parts.base = std::make_unique<WatchedDirectory>(std::move(parts.base),
                                                  WatchedDirectory::Calls{[] {}, [&] { before_piece(); }});
  Engine engine(Date("2025-12-24"), config, std::move(parts));
  const auto store = [&] { engine.store("k", "{}", "i", "c", {}, {}, {}, {}); };
  store();
  bool is_first = true;
  std::future<void> flushed;
  before_piece = [&] {
    if (!std::exchange(is_first, false)) return;
    flushed = std::async(std::launch::async, [&] {
      store();
      engine.flush();
    });
    EXPECT_EQ(flushed.wait_for(std::chrono::seconds(30)), std::future_status::ready);
  };
  const BackupInfo first = engine.back_up();
  EXPECT_FALSE(is_first);
  EXPECT_EQ(engine.stats().history_watermark, 2U);
  EXPECT_EQ(first.watermark, 2U) << "it came between the copy of latest and that of history";
  EXPECT_EQ(engine.back_up().watermark, 2U);
}

}  // namespace
}  // namespace cfp::engine
