// A directory in which anything was done to the files: it opens, or is refused with an error of ours; whatever a reader
// then sees was once stored in that item; and what is stored from there on stays.
//
// The first byte says in which state the store is left; the others are the steps of fuzz/damage.h.

#include <map>
#include <memory>
#include <set>
#include <string>

#include "damage.h"
#include "engine/engine.h"
#include "support/fake_tables.h"
#include "support/simulated_environment.h"
#include "target.h"

namespace cfp::fuzz {
namespace {

constexpr const char* kBaseDir = "/store";
constexpr int kItems = 3;

/// Threads: one.
class FuzzedStore {
 public:
  FuzzedStore() {
    tables_->read_file = [this](const std::filesystem::path& path) { return disk_.content(path).value_or(""); };
  }

  void open(std::string_view date) {
    CollectionConfig config;
    config.base_dir = kBaseDir;
    config.max_wal_size = 4096;
    config.batch_size = 4;
    config.allow_network_fs = true;
    // The fake tables are no files of the disk: they hear of one that is set aside by what is said of it.
    config.log_sink = [this](LogLevel, std::string_view message) {
      if (message.starts_with("storage_latest.duckdb")) tables_->remove_latest();
      if (message.starts_with("storage_history.duckdb")) tables_->remove_history();
    };
    engine::EngineParts parts;
    parts.environment = support::make_simulated_environment(disk_, clock_, background_);
    parts.tables = std::make_unique<support::FakeTables>(tables_);
    parts.base = disk_.open_base_directory(config.base_dir);
    parts.make_store_id = [] { return std::string(32, '7'); };
    engine_ = std::make_unique<engine::Engine>(Date(date), config, std::move(parts));
  }

  void store(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string item = "item" + std::to_string(number_ % kItems);
      const std::string data =
          "{\"number\":" + std::to_string(++number_) + ",\"filler\":\"" + std::string(300, 'x') + "\"}";
      engine_->store("key", data, item, "", static_cast<std::int64_t>(number_), std::nullopt, std::nullopt, {});
      stored_[item].insert(static_cast<std::int64_t>(number_));
    }
  }

  /// What a reader sees of each item: the number that it was stored with, 0 where there is none.
  std::map<std::string, std::int64_t> read() {
    std::map<std::string, std::int64_t> found;
    for (int i = 0; i < kItems; ++i) {
      const std::string item = "item" + std::to_string(i);
      const auto record = engine_->readable_cache().get_item("key", "", item);
      found[item] = record ? std::get<std::int64_t>(record->value()) : 0;
      if (!record) continue;
      expect(stored_[item].contains(found[item]), "a value that is read was stored in this item", record->data_text());
      expect(record->data().get_int("number") == found[item], "a value is that of its data", record->data_text());
    }
    return found;
  }

  /// What a reader must see where nothing was damaged.
  [[nodiscard]] std::map<std::string, std::int64_t> last() const {
    std::map<std::string, std::int64_t> numbers;
    for (const auto& [item, all] : stored_) numbers[item] = *all.rbegin();
    return numbers;
  }

  void flush() { engine_->flush(); }
  void back_up() { static_cast<void>(engine_->back_up()); }
  void run_background() { static_cast<void>(background_.run_all()); }

  void close() {
    engine_->close();
    go();
  }
  /// As a kill leaves it.
  void kill() {
    disk_.crash(support::CrashMode::keep_all);
    go();
  }
  void damage(std::string_view steps) { Damage(disk_, *tables_, kBaseDir).apply(steps); }
  [[nodiscard]] const std::vector<std::string>& violations() const { return tables_->violations; }

 private:
  void go() {
    tables_->crash();
    engine_.reset();
  }

  support::SimulatedDisk disk_{1};
  support::SimulatedClock clock_;
  support::SteppedBackground background_;
  std::shared_ptr<support::FakeTableDisk> tables_ = std::make_shared<support::FakeTableDisk>();
  std::map<std::string, std::set<std::int64_t>> stored_;
  int number_ = 0;
  std::unique_ptr<engine::Engine> engine_;  // last: its end uses all of the above
};

/// Two days of a store, of which the tables and a backup have all, a part or nothing.
void make(FuzzedStore& store, unsigned state) {
  store.open("2025-01-15");
  store.store(10);
  if ((state & 1U) != 0) store.flush();
  if ((state & 2U) != 0) store.back_up();
  if ((state & 4U) != 0) {
    store.close();
  } else {
    store.kill();
  }
  store.open("2025-01-16");
  store.store(16);
  if ((state & 8U) != 0) store.flush();
  store.store(4);
  if ((state & 16U) != 0) {
    store.close();
  } else {
    store.kill();
  }
}

bool opens(FuzzedStore& store) {
  try {
    store.open("2025-01-16");
    return true;
  } catch (const CollectionFastPersistError& error) {
    expect(error.code() != ErrorCode::internal, "damage is no bug of ours", error.what());
    return false;
  }
}

}  // namespace

CFP_FUZZ_TARGET(base_dir) {
  if (input.empty()) return;
  FuzzedStore store;
  make(store, static_cast<std::uint8_t>(input.front()));
  store.damage(input.substr(1));
  if (!opens(store)) return;
  const auto found = store.read();
  if (input.size() == 1) expect(found == store.last(), "what was acknowledged is there");
  store.run_background();
  store.store(2);
  const auto shown = store.read();
  store.kill();
  expect(opens(store), "what was opened opens again");
  expect(store.read() == shown, "what was shown is there after a kill");
  store.close();
  expect(opens(store), "what was closed opens again");
  expect(store.read() == shown, "what was shown is there after a close");
  for (const std::string& violation : store.violations())
    expect(false, "the tables are used as they must be", violation);
}

}  // namespace cfp::fuzz
