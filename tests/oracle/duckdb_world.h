#pragma once

#include <memory>
#include <string>

#include "cfp/restore.h"
#include "oracle/model_world.h"
#include "oracle/opened_store.h"
#include "support/simulated_environment.h"
#include "support/temporary_directory.h"

namespace cfp::oracle {

/// A real directory and DuckDB; clock and background steps are the test's. A kill is a copy of the directory while the
/// engine does nothing: what a SIGKILL at that moment leaves.
class DuckDbWorld final : public ModelWorld {
 public:
  explicit DuckDbWorld(const CollectionConfig& config)
      : config_(config),
        // Backups get the time of the real disk.
        clock_(std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) +
               std::chrono::hours(1)) {
    config_.base_dir = next_directory();
  }
  void open(const std::string& date) override {
    CollectionConfig checked = config_;
    checked.max_cache_bytes = std::nullopt;
    engine::EngineParts parts = engine::make_system_parts(Date(date), checked);
    parts.least_cache_bytes = 0;
    auto environment = support::make_simulated_environment(unused_disk_, clock_, background_);
    parts.environment.clock = std::move(environment.clock);
    parts.environment.background = std::move(environment.background);
    engine_ = std::make_unique<engine::Engine>(Date(date), config_, std::move(parts));
  }
  engine::Engine& engine() override { return *engine_; }
  support::SimulatedClock& clock() override { return clock_; }
  support::SteppedBackground& background() override { return background_; }

  void let_go() override { engine_.reset(); }
  void crash(std::uint64_t) override {
    const fs::path killed = std::exchange(config_.base_dir, next_directory());
    copy_as_killed(killed, config_.base_dir);
    engine_.reset();
    fs::remove_all(killed);
  }
  void lose_history() override { lose(fs::path("storage_history.duckdb")); }
  void lose_latest() override { lose(fs::path("storage_latest.duckdb")); }
  bool restore(std::optional<std::uint64_t> through) override {
    const fs::path source = std::exchange(config_.base_dir, next_directory());
    RestoreOptions options;
    options.allow_network_fs = true;
    options.max_wal_size = config_.max_wal_size;
    const auto to = through ? RestoreTarget::sequence(*through) : RestoreTarget::everything();
    static_cast<void>(cfp::restore(source, config_.base_dir, to, options));
    fs::remove_all(source);
    return true;
  }

  std::vector<ModelRow> history() override {
    return rows_of(engine::Engine::Table::history, "version, cfp_prev_seq", "storage_history");
  }
  std::vector<ModelRow> latest() override {
    return rows_of(engine::Engine::Table::latest, "cfp_version, NULL::UBIGINT", "storage_latest");
  }

 private:
  fs::path next_directory() { return directory_.path() / std::to_string(++directories_); }
  void lose(const fs::path& file) const {
    fs::remove(config_.base_dir / file);
    fs::remove(config_.base_dir / (file.string() + ".wal"));
  }
  std::vector<ModelRow> rows_of(engine::Engine::Table table, const std::string& columns, const std::string& name) {
    std::vector<ModelRow> rows;
    const std::string sql = "SELECT \"key\", collection_name, item_name, " + columns +
                            ", cfp_seq, data::VARCHAR, value_int, value_float, value_string, epoch_us(\"timestamp\"), "
                            "username, status, status_int FROM " +
                            name + " ORDER BY cfp_seq";
    for (const Row& row : engine_->query(table, sql, {}).fetchall()) {
      ModelRow read;
      read.name = {std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2])};
      read.version = static_cast<std::uint32_t>(std::get<std::int64_t>(row[3]));
      if (const auto* previous = std::get_if<std::uint64_t>(&row[4])) read.previous_sequence = *previous;
      read.stored.sequence = std::get<std::uint64_t>(row[5]);
      read.stored.data = std::get<std::string>(row[6]);
      read.stored.value = value_of(row, read.stored.data);
      read.stored.timestamp = Timestamp(Timestamp::Micros(std::chrono::microseconds(std::get<std::int64_t>(row[10]))));
      if (const auto* text = std::get_if<std::string>(&row[11])) read.stored.username = *text;
      if (const auto* text = std::get_if<std::string>(&row[12])) read.stored.status = *text;
      if (const auto* number = std::get_if<std::int64_t>(&row[13])) read.stored.status_int = *number;
      rows.push_back(std::move(read));
    }
    return rows;
  }
  static Value value_of(const Row& row, const std::string& data) {
    if (const auto* integer = std::get_if<std::int64_t>(&row[7])) {
      const auto flag = Data(data).get_bool("value");
      require(!flag || *flag == (*integer != 0), "value_int is not the bool that data has");
      return flag ? Value(*flag) : Value(*integer);
    }
    if (const auto* real = std::get_if<double>(&row[8])) return *real;
    if (const auto* text = std::get_if<std::string>(&row[9])) return *text;
    return {};
  }

  const support::TemporaryDirectory directory_;
  int directories_ = 0;
  CollectionConfig config_;
  support::SimulatedDisk unused_disk_{0};
  support::SimulatedClock clock_;
  support::SteppedBackground background_;
  std::unique_ptr<engine::Engine> engine_;
};

}  // namespace cfp::oracle
