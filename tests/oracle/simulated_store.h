#pragma once

// The whole engine on a disk, tables, clock and background that a test decides about, on one thread; and a workload
// that a seed repeats to the last call.

#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/engine.h"
#include "oracle/store_model.h"
#include "support/fake_tables.h"
#include "support/seeded_choice.h"
#include "support/simulated_environment.h"

namespace cfp::oracle {

/// Threads: one.
class SimulatedStore {
 public:
  explicit SimulatedStore(std::uint64_t seed) : disk(seed) {
    tables->on_step = [this](std::string_view name) {
      try {
        disk.pass(name);
      } catch (const std::system_error& error) {
        throw CollectionFastPersistError(ErrorCode::io, error.what());  // as the real tables report it
      }
    };
  }

  support::SimulatedDisk disk;
  support::SimulatedClock clock;
  support::SteppedBackground background;
  std::shared_ptr<support::FakeTableDisk> tables = std::make_shared<support::FakeTableDisk>();
  std::unique_ptr<engine::Engine> engine;
  StoreModel model;
  std::string date = "2025-01-15";
  std::uint64_t refused = 0;  ///< Stores that reported an error.
  bool is_latched = false;

  void open() {
    CollectionConfig config;
    config.base_dir = "/store";
    config.max_wal_size = 4096;
    config.batch_size = 4;
    config.allow_network_fs = true;
    engine::EngineParts parts;
    parts.environment = support::make_simulated_environment(disk, clock, background);
    parts.tables = std::make_unique<support::FakeTables>(tables);
    parts.base = disk.open_base_directory(config.base_dir);
    parts.make_store_id = [] { return std::string(32, '7'); };
    engine = std::make_unique<engine::Engine>(Date(date), config, std::move(parts));
    is_latched = false;
  }

  /// The power went: nothing of the running engine reaches disk or tables any more.
  void go_down(std::size_t lost_history_commits, std::size_t lost_latest_commits) {
    tables->crash(lost_history_commits, lost_latest_commits);
    engine.reset();
    disk.reboot();
  }

  void store(support::SeededChoice& choice) {
    Call call{"key" + std::to_string(choice.below(2)), choice.coin() ? "c" : "", "item" + std::to_string(choice.below(3)),
              ++next_number_, 0};
    const std::string data = "{\"number\":" + std::to_string(call.number) + ",\"filler\":\"" +
                             std::string(choice.below(900), 'x') + "\"}";
    try {
      call.sequence = engine->store(call.key, data, call.item_name, call.collection_name, {}, std::nullopt, std::nullopt);
      model.acknowledged(std::move(call));
    } catch (const support::PowerCut&) {
      model.unknown(std::move(call));
      throw;
    } catch (const CollectionFastPersistError& error) {
      // Only a failed sync leaves the outcome open; what comes after it does not get as far as the log.
      ++refused;
      if (error.code() == ErrorCode::failed && !std::exchange(is_latched, true)) model.unknown(std::move(call));
      if (disk.is_off()) throw support::PowerCut{};
      EXPECT_TRUE(error.code() == ErrorCode::failed || !is_latched) << error.what();
    }
  }

  /// One step of the workload. Throws PowerCut; errors of the disk are part of the game.
  void step(support::SeededChoice& choice) {
    const std::uint64_t kind = choice.below(100);
    if (kind < 60) return store(choice);
    if (kind >= 94) return reopen(choice);
    const auto ignored = [](const auto& work) {
      try {
        work();
      } catch (const CollectionFastPersistError&) {
        // The tables could not take the records now.
      }
    };
    if (kind < 68) ignored([&] { engine->flush(); });
    if (kind >= 68 && kind < 76) background.run("cfp-flusher");
    if (kind >= 76 && kind < 84) {
      clock.advance(std::chrono::seconds(301));
      background.run("cfp-flusher");
    }
    if (kind >= 84 && kind < 90) background.run("cfp-segments");
    if (kind >= 90) ignored([&] { static_cast<void>(engine->readable_cache().get_key("key0")); });
  }

  void reopen(support::SeededChoice& choice) {
    if (choice.coin()) date = date == "2025-01-15" ? "2025-01-16" : "2025-01-15";
    try {
      engine->close();
    } catch (const CollectionFastPersistError&) {
      // A reopen may follow.
    }
    if (disk.is_off()) throw support::PowerCut{};
    tables->crash();  // only what it kept in memory goes
    engine.reset();
    try {
      open();
    } catch (const CollectionFastPersistError&) {
      if (disk.is_off()) throw support::PowerCut{};
      disk.clear_faults();
      open();
    }
    if (disk.is_off()) throw support::PowerCut{};
    if (!model.has_unknown()) return;
    disk.clear_faults();
    engine->flush();
    model.settle(tables->history->rows);
  }

  /// All of `steps` steps, or up to the power cut. True when the power is still on.
  bool run(std::uint64_t seed, int steps) {
    support::SeededChoice choice(seed);
    try {
      if (!engine) open();
      if (disk.is_off()) return false;
      for (int i = 0; i < steps; ++i) {
        step(choice);
        if (disk.is_off()) return false;
      }
      return true;
    } catch (const support::PowerCut&) {
      return false;
    }
  }

 private:
  std::uint64_t next_number_ = 0;
};

}  // namespace cfp::oracle
