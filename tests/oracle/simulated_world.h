#pragma once

#include "oracle/model_world.h"
#include "oracle/simulated_store.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {

/// A disk in memory that loses what was not synced, and tables that refuse whatever no correct engine does to them.
class SimulatedWorld final : public ModelWorld {
 public:
  explicit SimulatedWorld(const CollectionConfig& config) : store_(7) {
    const auto base_dir = store_.config.base_dir;
    store_.config = config;
    store_.config.base_dir = base_dir;
  }
  void open(const std::string& date) override {
    store_.date = date;
    store_.open();
  }
  engine::Engine& engine() override { return *store_.engine; }
  support::SimulatedClock& clock() override { return store_.clock; }
  support::SteppedBackground& background() override { return store_.background; }

  void let_go() override {
    store_.tables->crash();  // only what it kept in memory goes
    store_.engine.reset();
    check_tables();
  }
  void crash(std::uint64_t choice) override {
    support::SeededChoice number(choice);
    using support::CrashMode;
    const CrashMode mode = std::array{CrashMode::drop_unsynced, CrashMode::keep_all, CrashMode::random}[choice % 3];
    const bool loses = mode != CrashMode::keep_all;  // a killed process leaves what it committed
    store_.disk.crash(mode);
    store_.go_down(loses ? number.below(4) : 0, loses ? number.below(4) : 0);
    check_tables();
  }
  /// Latest too: the files of these tables are not on the disk, so that nothing can set one aside.
  void lose_history() override {
    store_.tables->remove_history();
    store_.tables->remove_latest();
  }
  void lose_latest() override { store_.tables->remove_latest(); }
  bool restore(std::optional<std::uint64_t>) override { return false; }

  std::vector<ModelRow> history() override {
    std::vector<ModelRow> rows;
    for (const auto& row : store_.tables->history->rows) {
      rows.push_back(made(support::name_of(row.record), *row.record.state, {row.version, row.record.sequence()},
                          row.previous_sequence));
      const auto& columns = row.record.projection;
      rows.back().stored.username = columns.username;
      rows.back().stored.status = columns.status;
      rows.back().stored.status_int = columns.status_int;
    }
    return rows;
  }
  std::vector<ModelRow> latest() override {
    std::vector<ModelRow> rows;
    for (const auto& [name, row] : store_.tables->latest->rows) {
      if (!row.state) continue;
      rows.push_back(made(name, *row.state, row.base, 0));
      const Data data(row.state->data());  // the fake keeps no other columns
      rows.back().stored.username = data.get_string("username");
      rows.back().stored.status = data.get_string("status");
      rows.back().stored.status_int = data.get_int("status_int");
    }
    return rows;
  }

 private:
  static ModelRow made(const support::FakeName& name, const model::ItemState& state, const model::VersionBase& base,
                       std::uint64_t previous) {
    return {{name.key, name.collection_name, name.item_name},
            base.version,
            previous,
            {model::copy_of(state.value()),
             std::string(state.data()),
             state.timestamp().value_or(Timestamp()),
             {},
             {},
             {},
             base.sequence}};
  }
  void check_tables() const {
    require(store_.tables->violations.empty(), "the engine did to its tables what no correct one does");
  }

  SimulatedStore store_;
};

}  // namespace cfp::oracle
