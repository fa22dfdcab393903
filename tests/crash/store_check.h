#pragma once

// What must hold of a store after crashes (P1 to P5), seen through the public API.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "crash/acknowledged.h"
#include "crash/change_check.h"
#include "crash/workload.h"

namespace cfp::crash {

using Item = std::tuple<std::string, std::string, std::string>;
struct LastVersion {
  std::int64_t version = 0;
  std::uint64_t sequence = 0;
  std::string data;
  friend bool operator==(const LastVersion&, const LastVersion&) = default;
};
using Contents = std::map<Item, LastVersion>;

/// Each acknowledged record has its row, no thread has more rows beyond them than it had calls under way at the kill,
/// without a gap, and each row is what that thread was to store. Rows that no child stored (imported ones) are counted
/// in `others`.
inline void check_rows(const std::vector<Row>& rows, const Acknowledged& acknowledged, std::size_t& others) {
  std::size_t found = 0;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::uint64_t> stored;
  for (const Row& row : rows) {
    if (std::get<std::string>(row[0]) == kChangedKey) continue;
    const Data data(std::get<std::string>(row[5]));
    const auto run = data.get_int("run");
    if (!run) {
      ++others;
      continue;
    }
    const auto thread = static_cast<std::uint64_t>(data.get_int("thread").value());
    const auto n = static_cast<std::uint64_t>(data.get_int("n").value());
    const auto* const known = acknowledged.of(static_cast<std::uint64_t>(*run), thread);
    ASSERT_NE(known, nullptr) << "nobody stored " << data.text();
    const auto planned = planned_record(static_cast<std::uint64_t>(*run), thread, n);
    EXPECT_EQ(Item(std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2])),
              Item(planned.key, planned.collection_name, planned.item_name));
    EXPECT_EQ(n, (stored[{*run, thread}]++)) << "a gap, or out of order: " << data.text();
    const std::uint64_t under_way = thread == kAsyncThread ? kMostOnTheirWay : 1;
    EXPECT_LT(n, known->size() + under_way) << "a record that was never begun: " << data.text();
    if (n >= known->size()) continue;
    EXPECT_EQ(std::get<std::uint64_t>(row[4]), (*known)[n]) << data.text();
    ++found;
  }
  EXPECT_EQ(found, acknowledged.size()) << "acknowledged records are lost";
}

/// P3: versions of an item are 1 to n, in the order of the sequences, which are all different.
inline Contents check_history(CollectionFastPersist& store, const Acknowledged& acknowledged, std::size_t& others) {
  const auto rows = store.history_conn()
                        .execute(
                            "SELECT \"key\", collection_name, item_name, version, cfp_seq, data::VARCHAR, "
                            "cfp_prev_seq, cfp_op = 'delete' FROM storage_history ORDER BY cfp_seq")
                        .fetchall();
  check_rows(rows, acknowledged, others);
  check_changes(store, acknowledged);
  Contents last;
  std::set<Item> deleted;
  std::uint64_t before = 0;
  for (const Row& row : rows) {
    LastVersion& item =
        last[{std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2])}];
    const auto sequence = std::get<std::uint64_t>(row[4]);
    EXPECT_GT(sequence, before) << "twice or out of order";
    before = sequence;
    EXPECT_EQ(std::get<std::int64_t>(row[3]), item.version + 1) << "at sequence " << sequence;
    const auto* previous = std::get_if<std::uint64_t>(&row[6]);
    EXPECT_EQ(previous == nullptr ? 0 : *previous, item.sequence) << "at sequence " << sequence;
    item = {item.version + 1, sequence, std::get<std::string>(row[5])};
    const Item name(std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2]));
    std::get<bool>(row[7]) ? void(deleted.insert(name)) : void(deleted.erase(name));
  }
  for (const Item& item : deleted) {
    EXPECT_FALSE(store.get_item(std::get<0>(item), std::get<1>(item), std::get<2>(item))) << "a deleted item is there";
    last.erase(item);
  }
  return last;
}

/// P4: latest is the last version of each item, in the table and for readers.
inline void check_latest(CollectionFastPersist& store, const Contents& last) {
  const auto rows = store.latest_conn()
                        .execute(
                            "SELECT \"key\", collection_name, item_name, cfp_version, cfp_seq, data::VARCHAR FROM "
                            "storage_latest")
                        .fetchall();
  Contents in_table;
  for (const Row& row : rows) {
    in_table[{std::get<std::string>(row[0]), std::get<std::string>(row[1]), std::get<std::string>(row[2])}] = {
        std::get<std::int64_t>(row[3]), std::get<std::uint64_t>(row[4]), std::get<std::string>(row[5])};
  }
  EXPECT_EQ(rows.size(), in_table.size());
  EXPECT_EQ(in_table, last);
  for (const auto& [item, expected] : last) {
    const auto record = store.get_item(std::get<0>(item), std::get<1>(item), std::get<2>(item));
    ASSERT_TRUE(record) << std::get<2>(item);
    EXPECT_EQ((LastVersion{record->version(), record->sequence(), std::string(record->data_text())}), expected);
  }
}

/// Opens, checks, appends, closes, reopens, compares. Returns the number of rows that no child stored.
inline std::size_t check_store(const std::filesystem::path& directory, const Acknowledged& acknowledged) {
  std::size_t others = 0;
  Contents last;
  {
    CollectionFastPersist store(kDate, directory);
    last = check_history(store, acknowledged, others);
    check_latest(store, last);
    std::uint64_t sequence = 0;
    for (auto& [item, before] : last) {
      const auto& [key, collection_name, item_name] = item;
      const std::uint64_t given = store.store(key, before.data, item_name, collection_name);
      EXPECT_GT(given, std::max(sequence, before.sequence));
      sequence = given;
    }
    for (const auto& [item, before] : last) {
      EXPECT_EQ(store.get_item(std::get<0>(item), std::get<1>(item), std::get<2>(item))->version(), before.version + 1);
    }
    store.close();
  }
  CollectionFastPersist store(kDate, directory);
  const auto rows =
      store.history_conn().execute("SELECT count(*), count(DISTINCT cfp_seq) FROM storage_history").fetchall();
  EXPECT_EQ(rows[0][0], rows[0][1]);
  for (const auto& [item, before] : last) {
    const auto record = store.get_item(std::get<0>(item), std::get<1>(item), std::get<2>(item));
    EXPECT_EQ(record ? record->version() : 0, before.version + 1);
  }
  return others;
}

}  // namespace cfp::crash
