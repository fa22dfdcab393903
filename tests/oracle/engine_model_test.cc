// The whole engine against a list of versions: any sequence of calls, reopens, crashes and losses, shortened when one
// is found after which the two differ. P1, P3, P4, P5, P7 and P12.

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "oracle/duckdb_world.h"
#include "oracle/model_command.h"
#include "oracle/simulated_world.h"
#include "oracle/version_model.h"
#include "support/effort.h"
#include "support/property.h"

namespace cfp::oracle {
namespace {

/// Carries commands out on an engine and on its model, and compares the two. It looks only where a command says so: a
/// read loads what it reads, and a store that has everything loaded takes other ways than one that has not.
/// Threads: one. Failure: throws for whatever the model does not agree with.
class ModelMachine {
 public:
  explicit ModelMachine(ModelWorld& world) : world_(world) { open(); }

  void run(const ModelCommand& command);

  /// Everything agrees, before and after one more close.
  void finish() {
    step("cfp-async");
    check_all();
    close();
    open();
    check_all();
  }

 private:
  struct Waiting {
    ModelName name;
    ModelVersion version;
  };
  struct Told {
    std::vector<std::uint64_t> sequences;
    std::exception_ptr error;
  };
  static constexpr std::array kDates = {"2025-01-15", "2025-01-16", "2024-02-29", "2099-12-31"};

  engine::Engine& engine() { return world_.engine(); }
  Timestamp now() { return Timestamp(world_.clock().now()); }
  void open() {
    world_.open(date_);
    check_numbers();
  }
  void check_numbers() {
    require(engine().stats().last_sequence == model_.last_sequence(),
            "the engine has " + std::to_string(engine().stats().last_sequence) + " records, the model " +
                std::to_string(model_.last_sequence()));
  }
  void close() {
    engine().close();
    settle();
    world_.let_go();
  }
  /// What waited in store_async never reached the disk.
  void crash(std::uint64_t choice) {
    waiting_.clear();
    told_ = std::make_shared<Told>();
    world_.crash(choice);
  }
  void step(const char* task) {
    world_.background().run(task);
    if (std::string_view(task) == "cfp-async") settle();
  }
  /// All that waited was stored, in the order of the calls.
  void settle() {
    if (told_->error) std::rethrow_exception(told_->error);
    require(told_->sequences.size() == waiting_.size(), "not every outcome of store_async was told");
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      model_.store(waiting_[i].name, std::move(waiting_[i].version), told_->sequences[i]);
    }
    waiting_.clear();
    told_->sequences.clear();
  }

  void store(const PlannedStore& planned);
  void store_async(const PlannedStore& planned);
  void store_what_is_refused(std::uint8_t choice);
  void look(std::uint8_t choice);
  void move_clock(std::uint8_t choice);
  void check_backup();
  void restore(std::uint8_t choice);
  void rebuild_history();
  void lose_tables(std::uint8_t choice);

  void check_latest() {
    step("cfp-flusher");
    model_.check_latest(world_.latest());
  }
  void check_all() {
    for (const std::string& key : model_.keys()) model_.check_key(key, engine().readable_cache().get_key(key));
    engine().flush();
    model_.check_history(world_.history());
    world_.clock().advance(std::chrono::seconds(301));  // latest_interval_seconds
    check_latest();
    check_numbers();
  }

  ModelWorld& world_;
  VersionModel model_;
  std::string date_ = kDates[0];
  std::vector<Waiting> waiting_;  // in store_async
  std::shared_ptr<Told> told_ = std::make_shared<Told>();
};

void ModelMachine::run(const ModelCommand& command) {
  const std::uint8_t choice = command.choice;
  switch (command.kind) {
    case CommandKind::store:
      return store(command.planned);
    case CommandKind::store_async:
      return store_async(command.planned);
    case CommandKind::step:
      return step(std::array{"cfp-async", "cfp-flusher", "cfp-segments", "cfp-backup", "cfp-health"}[choice % 5]);
    case CommandKind::look:
      return look(choice);
    case CommandKind::flush:
      engine().flush();
      return model_.check_history(world_.history());
    case CommandKind::update_latest:
      world_.clock().advance(std::chrono::seconds(301));
      return check_latest();
    case CommandKind::reopen:
      date_ = kDates[choice % kDates.size()];
      close();
      return open();
    case CommandKind::crash:
      crash(choice);
      return open();
    case CommandKind::move_clock:
      return move_clock(choice);
    case CommandKind::backup:
      return check_backup();
    case CommandKind::restore:
      return restore(choice);
    case CommandKind::rebuild_history:
      return rebuild_history();
    case CommandKind::rebuild_latest:
      require(engine().rebuild_latest() == model_.items(),
              "the rebuilt latest has not as many rows as there are items");
      return model_.check_latest(world_.latest());
    case CommandKind::lose_tables:
      return lose_tables(choice);
    case CommandKind::check_tables:
      for (const std::string table : {"storage_history", "storage_latest"})
        require(engine().is_healthy(engine().base_dir() / (table + ".duckdb"), table), table + " is not healthy");
      return;
    case CommandKind::refused:
      return store_what_is_refused(choice);
  }
}

void ModelMachine::store(const PlannedStore& planned) {
  const ModelName name = model_name(planned.name);
  ModelVersion version = planned.expected(now());
  const auto user = planned.given_user();
  const std::uint64_t sequence =
      engine().store(name.key, planned.input(), name.item_name, name.collection_name,
                     planned.value_is_field() ? Value() : planned.stored_value(), planned.given_time(),
                     user ? std::optional<std::string_view>(*user) : std::nullopt, {});
  model_.store(name, std::move(version), sequence);
}

void ModelMachine::store_async(const PlannedStore& planned) {
  const ModelName name = model_name(planned.name);
  waiting_.push_back({name, planned.expected(now())});
  engine().store_async({{false,
                         name.key,
                         planned.input(),
                         name.item_name,
                         name.collection_name,
                         planned.value_is_field() ? Value() : planned.stored_value(),
                         planned.given_time(),
                         planned.given_user(),
                         {}},
                        [told = told_](std::uint64_t sequence, const std::exception_ptr& error) {
                          told->sequences.push_back(sequence);
                          if (error) told->error = error;
                        }});
}

void ModelMachine::store_what_is_refused(std::uint8_t choice) {
  struct Bad {
    std::string key, data;
    Value value;
  };
  const std::array<Bad, 9> all = {{{std::string("a\0b", 3), "{}", {}},
                                   {"\xed\xa0\x80", "{}", {}},
                                   {std::string(4097, 'x'), "{}", {}},
                                   {"user", R"({"a":1,"a":2})", {}},
                                   {"user", R"({"status_int":2147483648})", {}},
                                   {"user", R"({"value":18446744073709551615})", {}},
                                   {"user", R"({"value":1})", true},
                                   {"user", R"({"timestamp":"soon"})", {}},
                                   {"user", R"({"a":"\ud800"})", {}}}};
  const Bad& bad = all[choice % all.size()];
  const auto before = engine().stats();
  const auto code =
      code_of([&] { engine().store(bad.key, bad.data, "", "", bad.value, std::nullopt, std::nullopt, {}); });
  require(code == ErrorCode::invalid_record, "what must be refused was not");
  require(engine().stats().unflushed_bytes == before.unflushed_bytes, "a refused record is held in memory");
  check_numbers();
}

void ModelMachine::look(std::uint8_t choice) {
  const ModelName name = model_name(choice / 4);
  cache::Cache& cache = engine().readable_cache();
  switch (choice % 4) {
    case 0:
      return model_.check_item(name, cache.get_item(name.key, name.collection_name, name.item_name));
    case 1:
      return model_.check_collection(name.key, name.collection_name,
                                     cache.get_collection(name.key, name.collection_name));
    case 2:
      return model_.check_key(name.key, cache.get_key(name.key));
    default:
      if (const auto known = cache.peek_item(name.key, name.collection_name, name.item_name))
        model_.check_item(name, *known);
  }
}

void ModelMachine::move_clock(std::uint8_t choice) {
  using std::chrono::hours;
  const auto time = world_.clock().now();
  const auto to_midnight = std::chrono::ceil<std::chrono::days>(time) - std::chrono::milliseconds(1) - time;
  const std::array<std::chrono::microseconds, 7> ways = {
      std::chrono::seconds(1), hours(1), hours(24), hours(400 * 24), to_midnight, hours(-1), hours(-400 * 24)};
  const std::chrono::microseconds way = ways[choice % ways.size()];
  if (way.count() > 0) return world_.clock().advance(way);
  world_.clock().set_now(time + way);
}

void ModelMachine::check_backup() {
  const BackupInfo made = engine().back_up();
  require(made.watermark == model_.last_sequence(), "a backup lacks what was acknowledged before it");
  const auto all = engine().list_backups(true);
  require(!all.empty() && all.front().watermark == made.watermark, "the backup that was made is not the furthest");
  for (const BackupInfo& one : all) require(one.is_readable, "a backup cannot be read: " + one.problem);
}

void ModelMachine::restore(std::uint8_t choice) {
  close();
  const std::uint64_t last = model_.last_sequence();
  const auto through = last > 0 && choice % 2 == 0 ? std::optional(1 + choice / 2 % last) : std::nullopt;
  const bool restored = world_.restore(through);
  if (restored && through) model_.cut_back(*through);
  open();
  // It comes without log and backup: until it has one, nothing would bring a lost history back.
  if (restored) engine().back_up();
}

void ModelMachine::rebuild_history() {
  std::uint64_t counted = 0;
  for (const char* date : kDates) counted += engine().rebuild_history_from_wal(Date(date));
  require(counted <= model_.last_sequence(), "the log has more records than were stored");
  model_.check_history(world_.history());
}

/// Either table, or both, after a close or a crash: backups and log have everything. Where nothing was stored there is
/// neither, and a history that is missing might have been anything: that open is refused.
void ModelMachine::lose_tables(std::uint8_t choice) {
  if (choice % 2 == 0) {
    close();
  } else {
    crash(choice / 2);
  }
  const int lost = 1 + choice / 2 % 3;
  if ((lost & 1) != 0 && model_.last_sequence() > 0) world_.lose_history();
  if ((lost & 2) != 0) world_.lose_latest();
  open();
}

void compare_with_model(ModelWorld& world, const std::vector<ModelCommand>& commands) {
  ModelMachine machine(world);
  for (const ModelCommand& command : commands) machine.run(command);
  machine.finish();
}

TEST(EngineModel, AgreesWithAListOfVersionsOnADiskThatLosesWhatWasNotSynced) {
  const std::size_t cases = support::at_effort({.ci = 1000, .proof = 40'000, .soak = 1'000'000});
  std::size_t commands_run = 0;
  EXPECT_TRUE(support::holds_in_cases("the engine on a simulated disk == its model", cases, [&] {
    const auto config = arbitrary_config();
    const auto commands = *arbitrary_commands();
    commands_run += commands.size();
    SimulatedWorld world(config);
    compare_with_model(world, commands);
  }));
  support::report_count("model commands", commands_run);
}

TEST(EngineModel, AgreesWithAListOfVersionsOnDuckDb) {
  const std::size_t cases = support::at_effort({.ci = 10, .proof = 100, .soak = 20'000});
  std::size_t commands_run = 0;
  EXPECT_TRUE(support::holds_in_cases("the engine on DuckDB == its model", cases, [&] {
    const auto config = arbitrary_config();
    const auto commands = *arbitrary_commands();
    commands_run += commands.size();
    DuckDbWorld world(config);
    compare_with_model(world, commands);
  }));
  support::report_count("model commands on DuckDB", commands_run);
}

}  // namespace
}  // namespace cfp::oracle
