#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "flush/flusher.h"
#include "support/fake_tables.h"
#include "support/made_record.h"
#include "support/simulated_clock.h"
#include "support/stepped_background.h"
#include "support/watched_tables.h"

namespace cfp::support {

/// A flusher and what it stands on. `store` gives records the links that the cache would.
class FlusherOnFakes {
 public:
  explicit FlusherOnFakes(flush::FlushOptions options = {}, std::uint64_t max_bytes = 1 << 24)
      : unflushed(max_bytes, 0), flusher(unflushed, open, clock, options, calls(), 0) {
    open.replace_history(open_history);
    open.replace_latest(open_latest);
  }
  ~FlusherOnFakes() { EXPECT_EQ(disk->violations, std::vector<std::string>()); }
  FlusherOnFakes(const FlusherOnFakes&) = delete;
  FlusherOnFakes& operator=(const FlusherOnFakes&) = delete;

  void store(const std::string& item) { add(made_record("k", "c", item), true); }
  /// Without a call of `notice`.
  void store_quietly(const std::string& item) { add(made_record("k", "c", item), false); }
  void erase(const std::string& item) { add(made_erase("k", "c", item), true); }

  /// "item:version" of every row of history.
  [[nodiscard]] std::string history() const {
    std::string out;
    std::uint64_t sequence = 0;
    for (const tables::HistoryRecord& row : disk->history->rows) {
      EXPECT_EQ(row.record.sequence(), ++sequence) << "each record once";
      out += std::string(row.record.state->item_name()) + ":" + std::to_string(row.version) + " ";
    }
    return out;
  }
  /// "item:version" of every live row of latest.
  [[nodiscard]] std::string latest() const {
    std::string out;
    for (const auto& [name, row] : disk->latest->rows) {
      if (row.state) out += name.item_name + ":" + std::to_string(row.base.version) + " ";
    }
    return out;
  }

  std::shared_ptr<FakeTableDisk> disk = std::make_shared<FakeTableDisk>();
  std::unique_ptr<FakeTables> store_of_tables = std::make_unique<FakeTables>(disk);
  WatchedLatest::Watch watch;
  SimulatedClock clock;
  SteppedBackground background;
  std::vector<std::string> messages;
  std::function<void()> on_message = [] {};
  std::function<void(std::uint64_t)> sync_log = [](std::uint64_t) {};
  flush::OpenTables::OpenHistory open_history = [this] {
    return std::make_unique<UnreadHistory>(store_of_tables->open_history({}, "id"));
  };
  flush::OpenTables::OpenLatest open_latest = [this] {
    return std::make_unique<WatchedLatest>(store_of_tables->open_latest({}, "id"), watch);
  };
  flush::OpenTables open;
  flush::UnflushedSet unflushed;
  flush::Flusher flusher;

 private:
  flush::FlushCalls calls() {
    return {[this] { return open_history(); }, [this] { return open_latest(); },
            [this](std::span<const model::Record> records) { forget(records); },
            [this](std::uint64_t sequence) { sync_log(sequence); },
            [this](LogLevel, const std::string& message) {
              messages.push_back(message);
              on_message();
            }};
  }
  void add(model::Record record, bool with_notice) {
    record = numbered(std::move(record), ++last_);
    Chain& chain = chains_[std::string(record.state->item_name())];
    if (chain.steps == 0) chain.base = base::Counted(new model::SharedVersionBase);
    record.link = {++chain.steps, chain.last, chain.base};
    chain.last = record.sequence();
    ASSERT_TRUE(unflushed.try_reserve(model::footprint_bytes(record)));
    unflushed.append({&record, 1});
    if (with_notice) flusher.notice();
  }
  void forget(std::span<const model::Record> records) {
    for (const model::Record& record : records) {
      const auto at = chains_.find(std::string(record.state->item_name()));
      if (at->second.last == record.sequence()) chains_.erase(at);
    }
  }

  /// The records of an item since it was forgotten.
  struct Chain {
    std::uint32_t steps = 0;
    std::uint64_t last = 0;
    base::Counted<model::SharedVersionBase> base;
  };
  std::map<std::string, Chain> chains_;
  std::uint64_t last_ = 0;
};

}  // namespace cfp::support
