#pragma once

// The whole engine on a disk, tables, clock and background that a test decides about, on one thread.

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/engine.h"
#include "oracle/store_model.h"
#include "support/fake_tables.h"
#include "support/simulated_environment.h"

namespace cfp::oracle {

/// Threads: one.
class SimulatedStore {
 public:
  explicit SimulatedStore(std::uint64_t seed) : disk(seed) {
    config.base_dir = "/store";
    config.max_wal_size = 4096;
    config.batch_size = 4;
    config.allow_network_fs = true;
    // In each third workload whatever may leave memory leaves it at once.
    if (seed % 3 == 1) config.max_cache_bytes = 0;
    tables->read_file = [this](const std::filesystem::path& path) { return disk.content(path).value_or(""); };
    tables->on_step = [this](std::string_view name) {
      try {
        disk.pass(name);
      } catch (const std::system_error& error) {
        throw CollectionFastPersistError(ErrorCode::io, error.what());  // as the real tables report it
      }
    };
  }

  CollectionConfig config;
  support::SimulatedDisk disk;
  support::SimulatedClock clock;
  support::SteppedBackground background;
  std::shared_ptr<support::FakeTableDisk> tables = std::make_shared<support::FakeTableDisk>();
  StoreModel model;
  std::string date = "2025-01-15";
  std::uint64_t refused = 0;  ///< Stores that reported an error.
  bool is_latched = false;
  std::uint64_t next_number = 0;
  std::unique_ptr<engine::Engine> engine;  // last: its destructor may tell outcomes, which all of the above hear of

  void open() {
    engine::EngineParts parts;
    parts.environment = support::make_simulated_environment(disk, clock, background);
    parts.tables = std::make_unique<support::FakeTables>(tables);
    parts.base = disk.open_base_directory(config.base_dir);
    parts.make_store_id = [] { return std::string(32, '7'); };
    parts.least_cache_bytes = 0;
    engine = std::make_unique<engine::Engine>(Date(date), config, std::move(parts));
    is_latched = false;
  }

  /// The power went: nothing of the running engine reaches disk or tables any more.
  void go_down(std::size_t lost_history_commits, std::size_t lost_latest_commits) {
    tables->crash(lost_history_commits, lost_latest_commits);
    engine.reset();
    disk.reboot();
  }
};

}  // namespace cfp::oracle
