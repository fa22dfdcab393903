#pragma once

// What the tests of the tables share: a directory that goes away, and records made by hand.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tables/duckdb/duckdb_tables.h"
#include "tables/table_store.h"

namespace cfp::tables {

inline const std::string kStoreId = "0123456789abcdef0123456789abcdef";

inline ItemName name_of(const model::Record& record) {
  return {record.key(), record.collection_name(), record.state->item_name(), record.key_hash, record.item_hash};
}

class TablesTest : public testing::Test {
 protected:
  TablesTest() {
    std::string path = (std::filesystem::temp_directory_path() / "cfp_tables_XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary directory");
    base_dir = path;
    store = make_duckdb_tables({base_dir, 512ULL << 20U, 1});
  }
  ~TablesTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(base_dir, ignored);
  }

  [[nodiscard]] std::filesystem::path history_file() const { return base_dir / "storage_history.duckdb"; }
  [[nodiscard]] std::filesystem::path latest_file() const { return base_dir / "storage_latest.duckdb"; }
  std::unique_ptr<HistoryTable> open_history() { return store->open_history({}, kStoreId); }
  std::unique_ptr<LatestTable> open_latest() { return store->open_latest({}, kStoreId); }

  std::filesystem::path base_dir;
  std::unique_ptr<TableStore> store;
};

struct Names {
  std::string key, collection, item;
};

inline model::Record made_of(model::ItemState::Content state, std::uint64_t sequence) {
  state.sequence = sequence;
  state.updated_at_us = 1'766'572'200'000'000 + static_cast<std::int64_t>(sequence);
  model::Record record;
  record.state = model::ItemState::make(state);
  model::hash_names(record);
  return record;
}

inline model::Record make_record(const Names& names, std::uint64_t sequence, const Value& value = {},
                                 std::string_view data = "{}") {
  return made_of({.key = names.key,
                  .collection_name = names.collection,
                  .item_name = names.item,
                  .data = data,
                  .value = model::view_of(value),
                  .timestamp = Timestamp("2025-12-24T10:30:00")},
                 sequence);
}

inline model::Record make_erase(const Names& names, std::uint64_t sequence) {
  return made_of({.key = names.key,
                  .collection_name = names.collection,
                  .item_name = names.item,
                  .operation = model::Operation::erase},
                 sequence);
}

/// Numbers records by hand as the flusher does, in the order given.
class Versions {
 public:
  VersionedRecord next(const model::Record& record) {
    auto& last = last_[{std::string(record.key()), std::string(record.collection_name()),
                        std::string(record.state->item_name())}];
    last = {last.first + 1, record.sequence()};
    const std::uint64_t previous = std::exchange(sequences_[record.item_hash], record.sequence());
    return {&record, last.first, previous};
  }
  std::vector<VersionedRecord> all(const std::vector<model::Record>& records) {
    std::vector<VersionedRecord> out;
    for (const model::Record& record : records) out.push_back(next(record));
    return out;
  }

 private:
  std::map<std::tuple<std::string, std::string, std::string>, std::pair<std::uint32_t, std::uint64_t>> last_;
  std::map<std::uint64_t, std::uint64_t> sequences_;
};

/// A change of latest: the first store of an item, or a later one when `first_store` is below its sequence.
inline ItemChange change_of(const model::Record& record, std::uint32_t version, bool erased_in_between = false) {
  const bool is_store = record.state->operation() == model::Operation::store;
  return {{&record, version, 0}, is_store ? record.sequence() : 0, erased_in_between};
}

inline std::vector<HistoryRecord> rows_of(HistoryTable& history) {
  std::vector<HistoryRecord> rows;
  history.read(0, UINT64_MAX, [&](HistoryRecord&& row) { rows.push_back(std::move(row)); });
  return rows;
}

/// "item=version@sequence" of the live items in their order, then "item!version@sequence" of the deleted ones.
inline std::vector<std::string> items_of(LatestTable& latest, const std::string& key, const std::string& collection) {
  std::map<std::pair<std::uint64_t, std::string>, std::string> live;
  std::vector<std::string> deleted;
  for (const LoadedCollection& loaded : latest.load(key, collection)) {
    EXPECT_EQ(loaded.name, collection);
    for (const LoadedItem& item : loaded.items) {
      const std::string base = std::to_string(item.base.version) + "@" + std::to_string(item.base.sequence);
      if (item.state) {
        live[{item.first_sequence, item.item_name}] = item.item_name + "=" + base;
      } else {
        deleted.push_back(item.item_name + "!" + base);
      }
    }
  }
  std::vector<std::string> out;
  for (const auto& [place, text] : live) out.push_back(text);
  out.insert(out.end(), deleted.begin(), deleted.end());
  return out;
}

}  // namespace cfp::tables
