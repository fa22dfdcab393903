// The load protocol, stopped at each of its points while the others go on: cache, unflushed set, flusher and tables as
// the engine joins them, and whatever two calls come between pin, snapshot and merge. Each record is seen once and
// counted once; a delete stays a delete.

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "flush/flusher.h"
#include "support/effort.h"
#include "support/fake_tables.h"
#include "support/made_record.h"
#include "support/simulated_clock.h"

namespace cfp {
namespace {

enum class Event : char { store_a = 'a', erase_a = 'e', store_b = 'b', flush = 'f', update = 'u' };
using Events = std::string;  ///< One character for each; so they are shown, too.

class Joined {
 public:
  Joined() {
    open_.replace_history([this] { return tables_.open_history({}, "id"); });
    open_.replace_latest([this] { return tables_.open_latest({}, "id"); });
  }

  void run(const Events& events) {
    for (const char event : events) run(static_cast<Event>(event));
  }
  /// The events of the next load: before the pin, between pin and snapshot, between snapshot and merge.
  void plan(std::array<Events, 3> events) { planned_ = std::move(events); }
  /// A read of one item, of the collection or of the key.
  void load(int kind) {
    if (kind == 0) static_cast<void>(cache_.get_item("k", "c", "a"));
    if (kind == 1) static_cast<void>(cache_.get_collection("k", "c"));
    if (kind == 2) static_cast<void>(cache_.get_key("k"));
  }
  /// What is wrong with what readers see; empty when nothing is.
  std::string fault() {
    for (const std::string item : {"a", "b"}) {
      const auto read = cache_.get_item("k", "c", item);
      const Last& last = last_[item];
      if (read.has_value() != last.is_there) return item + (read ? " is there" : " is missing");
      if (read && (read->sequence() != last.sequence || read->version() != last.version))
        return item + " is version " + std::to_string(read->version()) + " and not " + std::to_string(last.version);
    }
    return "";
  }
  /// The same for both tables, once they have everything.
  std::string fault_of_tables() {
    flusher_.update_latest();
    if (!disk_->violations.empty()) return disk_->violations.front();
    for (const auto& [name, row] : disk_->latest->rows) {
      const Last& last = last_[name.item_name];
      if ((row.state != nullptr) != last.is_there || row.base != model::VersionBase{last.version, last.sequence})
        return "latest has version " + std::to_string(row.base.version) + " of " + name.item_name;
    }
    std::map<std::string, std::uint32_t> versions;
    for (const auto& row : disk_->history->rows) {
      const std::string& item = std::string(row.record.state->item_name());
      if (row.version != ++versions[item]) return "history has version " + std::to_string(row.version) + " of " + item;
    }
    return disk_->history->rows.size() == sequence_ ? "" : "history lacks a record, or has one twice";
  }

 private:
  struct Last {
    std::uint32_t version = 0;
    std::uint64_t sequence = 0;
    bool is_there = false;
  };
  void run(Event event) {
    if (event == Event::flush) return flusher_.flush();
    if (event == Event::update) return flusher_.update_latest();
    const std::string item = event == Event::store_b ? "b" : "a";
    const bool is_erase = event == Event::erase_a;
    model::Record record = support::numbered(
        is_erase ? support::made_erase("k", "c", item) : support::made_record("k", "c", item), ++sequence_);
    ASSERT_TRUE(unflushed_.try_reserve(model::footprint_bytes(record)));
    last_[item] = {last_[item].version + 1, sequence_, !is_erase};
    cache_.apply({&record, 1}, false);
    unflushed_.append({&record, 1});
  }
  /// As the engine's; what is planned for a point happens once.
  cache::Snapshot snapshot(std::string_view key, std::optional<std::string_view> collection_name) {
    const std::array<Events, 3> planned = std::exchange(planned_, {});
    run(planned[0]);
    cache::Snapshot snapshot;
    snapshot.pin = unflushed_.pin();
    run(planned[1]);
    snapshot.collections =
        open_.with_latest([&](tables::LatestTable& table) { return table.load(key, collection_name); });
    run(planned[2]);
    return snapshot;
  }
  flush::FlushCalls calls() {
    return {[this] { return tables_.open_history({}, "id"); }, [this] { return tables_.open_latest({}, "id"); },
            [this](std::span<const model::Record> records) { cache_.forget(records); }, [](std::uint64_t) {},
            [](LogLevel, const std::string& message) { ADD_FAILURE() << message; }};
  }

  std::shared_ptr<support::FakeTableDisk> disk_ = std::make_shared<support::FakeTableDisk>();
  support::FakeTables tables_{disk_};
  support::SimulatedClock clock_;
  flush::OpenTables open_;
  flush::UnflushedSet unflushed_{1 << 20, 0};
  cache::Cache cache_{
      [this](std::string_view key, std::optional<std::string_view> name) { return snapshot(key, name); }};
  flush::Flusher flusher_{unflushed_, open_, clock_, {}, calls(), 0};
  std::array<Events, 3> planned_;
  std::map<std::string, Last> last_;
  std::uint64_t sequence_ = 0;
};

/// All sequences of at most `length` events.
std::vector<Events> sequences_of(std::size_t length) {
  std::vector<Events> all = {""};
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].size() == length) continue;
    for (const char event : {'a', 'e', 'b', 'f', 'u'}) all.push_back(all[i] + event);
  }
  return all;
}

std::string fault_of(const Events& before, const std::array<Events, 3>& during, int kind) {
  Joined joined;
  joined.run(before);
  joined.plan(during);
  joined.load(kind);
  if (const std::string fault = joined.fault(); !fault.empty()) return fault;
  joined.run("afb");  // a load that went wrong may show in the counting on only
  if (const std::string fault = joined.fault(); !fault.empty()) return fault + " after the next stores";
  if (const std::string fault = joined.fault_of_tables(); !fault.empty()) return fault;
  return joined.fault();
}

class LoadMatrix : public ::testing::TestWithParam<const char*> {};

TEST_P(LoadMatrix, SeesAndCountsEachRecordOnceWhateverComesBetween) {
  const std::size_t length = support::at_effort({.ci = 2, .proof = 3, .soak = 3});
  const std::vector<Events> at_once = sequences_of(1), between = sequences_of(2), after = sequences_of(length);
  std::size_t cases = 0;
  for (const Events& first : at_once) {
    for (const Events& second : between) {
      for (const Events& third : after) {
        const int kind = static_cast<int>(cases++ % 3);
        const std::string fault = fault_of(GetParam(), {first, second, third}, kind);
        ASSERT_EQ(fault, "") << "[" << GetParam() << "] pin after [" << first << "], snapshot after [" << second
                             << "], merge after [" << third << "], load " << kind;
      }
    }
  }
  support::report_count("loads beside others", cases);
}

/// What is in the table, in history only and in memory only when the load begins.
INSTANTIATE_TEST_SUITE_P(Before, LoadMatrix,
                         ::testing::Values("", "a", "af", "au", "ae", "aue", "aufaf", "aua", "auaf", "auef", "aueu",
                                           "aueua", "abu", "aubfa", "auaue"),
                         [](const auto& before) { return "After" + std::string(before.param); });

}  // namespace
}  // namespace cfp
