#pragma once

// What a store must hold, in the simplest form there is: for each item the list of its versions.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cfp/record.h"
#include "oracle/model_row.h"

namespace cfp::oracle {

/// Threads: one.
class VersionModel {
 public:
  using Versions = std::vector<ModelVersion>;

  void store(const ModelName& name, ModelVersion version, std::uint64_t sequence) {
    require(sequence == last_sequence_ + 1,
            "the store after " + std::to_string(last_sequence_) + " got the number " + std::to_string(sequence));
    last_sequence_ = version.sequence = sequence;
    Versions& versions = items_[name];
    if (versions.empty()) order_.push_back(name);
    versions.push_back(std::move(version));
  }
  /// Forgets what was stored after this sequence.
  void cut_back(std::uint64_t through) {
    last_sequence_ = through;
    updated_at_.erase(updated_at_.upper_bound(through), updated_at_.end());
    for (auto& [name, versions] : items_) {
      while (!versions.empty() && versions.back().sequence > through) versions.pop_back();
    }
    std::erase_if(items_, [](const auto& item) { return item.second.empty(); });
    std::erase_if(order_, [this](const ModelName& name) { return !items_.contains(name); });
  }
  [[nodiscard]] std::uint64_t last_sequence() const { return last_sequence_; }
  [[nodiscard]] std::size_t items() const { return items_.size(); }
  [[nodiscard]] std::set<std::string> keys() const {
    std::set<std::string> all;
    for (const ModelName& name : order_) all.insert(name.key);
    return all;
  }

  void check_item(const ModelName& name, const std::optional<Record>& read) {
    const auto found = items_.find(name);
    require(read.has_value() == (found != items_.end()), "an item is there that must not be, or the other way round");
    if (read) check_record(name, *read);
  }
  /// `read` is nullopt for a collection that is not there.
  void check_collection(const std::string& key, const std::string& collection_name, const std::optional<Items>& read) {
    std::vector<ModelName> wanted;
    for (const ModelName& name : order_) {
      if (name.key == key && name.collection_name == collection_name) wanted.push_back(name);
    }
    require(read.has_value() == !wanted.empty(), "a collection is there that must not be, or the other way round");
    require(!read || read->size() == wanted.size(), "a collection has not as many items as were stored");
    for (std::size_t i = 0; i < wanted.size(); ++i) check_record(wanted[i], (*read)[i]);
  }
  void check_key(const std::string& key, const std::optional<Collections>& read) {
    std::vector<std::string> wanted;
    for (const ModelName& name : order_) {
      if (name.key == key && std::find(wanted.begin(), wanted.end(), name.collection_name) == wanted.end())
        wanted.push_back(name.collection_name);
    }
    require(read.has_value() == !wanted.empty(), "a key is there that must not be, or the other way round");
    require(!read || read->size() == wanted.size(), "a key has not as many collections as were stored");
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      require((*read)[i].name == wanted[i], "the collections are in another order");
      check_collection(key, wanted[i], (*read)[i].items);
    }
  }
  /// Versions are 1 to n, each row after the one before it, and every field is what was stored.
  void check_history(const std::vector<ModelRow>& rows) const {
    require(rows.size() == last_sequence_,
            "history has " + std::to_string(rows.size()) + " rows of " + std::to_string(last_sequence_) + " records");
    for (const ModelRow& row : rows) {
      const ModelVersion& wanted = version_of(row);
      require(row.previous_sequence == (row.version == 1 ? 0 : items_.at(row.name)[row.version - 2].sequence),
              "a row of history points to another one than that before it");
      check_row(row, wanted);
    }
  }
  /// Latest has the last version of each item.
  void check_latest(const std::vector<ModelRow>& rows) const {
    require(rows.size() == items_.size(), "latest has not as many rows as there are items");
    for (const ModelRow& row : rows) {
      const ModelVersion& wanted = version_of(row);
      require(row.version == items_.at(row.name).size(), "latest has an old version");
      check_row(row, wanted);
    }
  }

 private:
  void check_record(const ModelName& name, const Record& read) {
    const Versions& versions = items_.at(name);
    const ModelVersion& wanted = versions.back();
    require(read.item_name() == name.item_name, "the items are in another order");
    require(read.version() == versions.size() && read.sequence() == wanted.sequence, "not the last version is read");
    require(is_same(read.value(), wanted.value), "another value is read than was stored");
    require(std::string(read.data_text()) == wanted.data,
            "read: " + std::string(read.data_text()) + "\nstored: " + wanted.data);
    require(read.timestamp() == wanted.timestamp, "another timestamp is read than was stored");
    require(
        read.username() == wanted.username && read.status() == wanted.status && read.status_int() == wanted.status_int,
        "another status or user is read than was stored");
    const auto [seen, is_new] = updated_at_.try_emplace(wanted.sequence, read.updated_at().utc());
    require(seen->second == read.updated_at().utc(), "the time at which a record was accepted has changed");
    require(seen == updated_at_.begin() || std::prev(seen)->second <= seen->second, "updated_at decreases");
    require(std::next(seen) == updated_at_.end() || seen->second <= std::next(seen)->second, "updated_at decreases");
  }
  [[nodiscard]] const ModelVersion& version_of(const ModelRow& row) const {
    const auto found = items_.find(row.name);
    require(found != items_.end() && row.version >= 1 && row.version <= found->second.size(),
            "a table has a version that nobody stored");
    return found->second[row.version - 1];
  }
  static void check_row(const ModelRow& row, const ModelVersion& wanted) {
    const ModelVersion& read = row.stored;
    require(read.sequence == wanted.sequence, "a version has another sequence in a table");
    require(is_same(read.value, wanted.value), "a table has another value than was stored");
    require(read.data == wanted.data, "in a table: " + read.data + "\nstored: " + wanted.data);
    require(read.timestamp.utc() == wanted.timestamp.utc(), "a table has another timestamp than was stored");
    require(read.username == wanted.username && read.status == wanted.status && read.status_int == wanted.status_int,
            "a table has another status or user than was stored");
  }

  std::map<ModelName, Versions> items_;
  std::vector<ModelName> order_;                           // of the first stores
  std::map<std::uint64_t, Timestamp::Micros> updated_at_;  // as first read
  std::uint64_t last_sequence_ = 0;
};

}  // namespace cfp::oracle
