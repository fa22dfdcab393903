#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "oracle/opened_store.h"

namespace cfp::oracle {

/// Names, sizes, times of change and contents of all files, and the names of all directories.
using Listing = std::map<std::string, std::tuple<std::uintmax_t, fs::file_time_type, std::string>>;
inline Listing listing_of(const fs::path& directory) {
  Listing all;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string name = fs::relative(entry.path(), directory);
    all[name] = entry.is_directory() ? std::tuple(std::uintmax_t{0}, fs::file_time_type{}, std::string("directory"))
                                     : std::tuple(entry.file_size(), entry.last_write_time(), content_of(entry.path()));
  }
  return all;
}

/// A store that makes no backups by itself and whose segments are small.
inline CollectionConfig small_config(const fs::path& base_dir) {
  CollectionConfig config = calm_config(base_dir);
  config.max_wal_size = 4096;
  config.backup_on_close = false;
  return config;
}

/// Records `first` to `last`: seven items in turn, each with a mark of its own.
inline void store_marks(CollectionFastPersist& store, int first, int last) {
  for (int i = first; i <= last; ++i) {
    store.store("k", "{\"mark\":\"m" + std::to_string(i) + "\",\"filler\":\"" + std::string(200, 'x') + "\"}",
                std::to_string(i % 7), "c", static_cast<std::int64_t>(i));
  }
}

/// (sequence, item, version, value) of each row of history.
using HistoryRow = std::tuple<std::uint64_t, std::string, std::int64_t, std::int64_t>;
inline std::vector<HistoryRow> history_of(CollectionFastPersist& store) {
  std::vector<HistoryRow> rows;
  for (const Row& row : store.history_conn()
                            .execute("SELECT cfp_seq, item_name, version, value_int FROM storage_history ORDER BY "
                                     "cfp_seq")
                            .fetchall()) {
    rows.emplace_back(std::get<std::uint64_t>(row[0]), std::get<std::string>(row[1]), std::get<std::int64_t>(row[2]),
                      std::get<std::int64_t>(row[3]));
  }
  return rows;
}

/// Opens, appends, reopens: what was there stays, versions grow, sequences go on above all. Returns what was there.
inline std::vector<HistoryRow> expect_goes_on(const CollectionConfig& config, std::uint64_t above) {
  std::vector<HistoryRow> before;
  {
    CollectionFastPersist store(kNextDay, config);
    before = history_of(store);
    EXPECT_GT(store.store("k", "{}", "0", "c", std::int64_t{1000}), above);
    store.close();
  }
  CollectionFastPersist store(kNextDay, config);
  auto after = history_of(store);
  EXPECT_EQ(std::get<3>(after.back()), 1000);
  std::int64_t version = 0;
  for (const auto& [sequence, item, number, value] : before) {
    if (item == "0") version = number;
  }
  EXPECT_EQ(std::get<2>(after.back()), version + 1);
  EXPECT_EQ(store.get_item("k", "c", "0")->version(), version + 1);
  after.pop_back();
  EXPECT_EQ(after, before);
  std::map<std::string, std::int64_t> last;
  for (const auto& [sequence, item, number, value] : before) last[item] = value;
  for (const auto& [item, value] : last) {
    if (item == "0") continue;
    EXPECT_EQ(std::get<std::int64_t>(store.get_item("k", "c", item)->value()), value) << item;
  }
  store.close();
  return before;
}

/// The live segments of a date, by name.
inline std::vector<fs::path> segments_of(const fs::path& base_dir, const char* date = kDay) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(base_dir / date)) {
    if (entry.path().extension() == ".jsonl") all.push_back(entry.path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace cfp::oracle
