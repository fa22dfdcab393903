#pragma once

// What a store must hold, kept beside it: every record that was acknowledged, and the few whose outcome nobody knows.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/engine.h"
#include "oracle/store_call.h"
#include "support/fake_table_disk.h"

namespace cfp::oracle {

/// Threads: one.
class StoreModel {
 public:
  void acknowledged(Call call) { calls_.push_back(std::move(call)); }
  /// The call threw in a way that leaves open whether the record is there.
  void unknown(Call call) { unknown_.push_back({std::move(call)}); }
  /// Nor is it known of a batch, but it is there whole or not at all.
  void unknown_batch(std::vector<Call> calls) { unknown_.push_back(std::move(calls)); }
  [[nodiscard]] std::size_t size() const { return calls_.size(); }
  [[nodiscard]] bool has_unknown() const { return !unknown_.empty(); }

  /// Every row is one acknowledged record, or of an unknown call, which has a known outcome from here on.
  void settle(const std::vector<tables::HistoryRecord>& rows) {
    std::map<std::uint64_t, const tables::HistoryRecord*> unmatched;
    for (const auto& row : rows) {
      EXPECT_TRUE(unmatched.emplace(row.record.sequence(), &row).second) << "twice: " << row.record.sequence();
    }
    for (const Call& call : calls_) {
      const auto row = unmatched.find(call.sequence);
      if (row == unmatched.end()) {
        ADD_FAILURE() << "the acknowledged record " << call.sequence << " is lost";
        continue;
      }
      expect_same(call, row->second->record);
      unmatched.erase(row);
    }
    for (std::vector<Call>& batch : unknown_) {
      std::size_t found = 0;
      for (Call& call : batch) {
        const auto row = std::find_if(unmatched.begin(), unmatched.end(),
                                      [&](const auto& entry) { return could_be(call, entry.second->record); });
        if (row == unmatched.end()) continue;
        ++found;
        call.sequence = row->first;
        expect_same(call, row->second->record);
        calls_.push_back(call);
        unmatched.erase(row);
      }
      EXPECT_TRUE(found == 0 || found == batch.size()) << "half of a batch";
    }
    unknown_.clear();
    for (const auto& [sequence, row] : unmatched) ADD_FAILURE() << "nobody stored record " << sequence;
    std::sort(calls_.begin(), calls_.end(), [](const Call& a, const Call& b) { return a.sequence < b.sequence; });
  }

  /// Versions are 1 to n in the order of the sequences, each row after the one before it.
  static void check_versions(const std::vector<tables::HistoryRecord>& rows) {
    std::map<support::FakeName, model::VersionBase> last;
    for (const auto& row : rows) {
      model::VersionBase& before = last[support::name_of(row.record)];
      EXPECT_EQ(row.version, before.version + 1) << row.record.sequence();
      EXPECT_EQ(row.previous_sequence, before.sequence) << row.record.sequence();
      before = {row.version, row.record.sequence()};
    }
  }

  /// Latest has the last record of each item and nothing else; of a deleted one that it was deleted.
  void check_latest(const support::FakeLatestFile& latest) const {
    const auto last = last_calls();
    EXPECT_EQ(latest.rows.size(), last.size());
    for (const auto& [name, row] : latest.rows) {
      const auto found = last.find({name.key, name.collection_name, name.item_name});
      if (found == last.end()) {
        ADD_FAILURE() << "latest has an item that nobody stored";
        continue;
      }
      EXPECT_EQ(row.state != nullptr, found->second.is_live) << "of a deleted item it has the version alone";
      EXPECT_EQ(row.base.sequence, found->second.sequence);
      EXPECT_EQ(row.base.version, found->second.version);
    }
  }

  /// Readers see the last record of each item, in the order of the first stores.
  void check_reads(cache::Cache& cache) const {
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> order;
    for (const Call& call : calls_) {
      auto& items = order[{call.key, call.collection_name}];
      if (call.erases) {
        std::erase(items, call.item_name);
      } else if (std::find(items.begin(), items.end(), call.item_name) == items.end()) {
        items.push_back(call.item_name);
      }
    }
    for (const auto& [name, last] : last_calls()) {
      const auto& [key, collection_name, item_name] = name;
      const auto record = cache.get_item(key, collection_name, item_name);
      EXPECT_EQ(record.has_value(), last.is_live) << "a reader misses, or has, " << item_name;
      if (!record || !last.is_live) continue;
      EXPECT_EQ(record->sequence(), last.sequence);
      EXPECT_EQ(record->version(), last.version);
      EXPECT_EQ(number_of(std::string(record->data_text())), last.number);
    }
    for (const auto& [name, items] : order) {
      const auto found = cache.get_collection(name.first, name.second);
      std::vector<std::string> names;
      if (found) {
        for (const Record& record : *found) names.push_back(std::string(record.item_name()));
      }
      EXPECT_EQ(names, items);
    }
  }

 private:
  struct Last {
    std::uint64_t number, sequence;
    std::uint32_t version;
    bool is_live;
  };
  [[nodiscard]] std::map<std::tuple<std::string, std::string, std::string>, Last> last_calls() const {
    std::map<std::tuple<std::string, std::string, std::string>, Last> last;
    for (const Call& call : calls_) {
      Last& item = last[{call.key, call.collection_name, call.item_name}];
      item = {call.number, call.sequence, item.version + 1, !call.erases};
    }
    return last;
  }
  std::vector<Call> calls_;  // in order of sequence
  std::vector<std::vector<Call>> unknown_;
};

}  // namespace cfp::oracle
