#pragma once

// A store of thirty records in all its states, kept as files, from which images of damaged stores are put together.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "oracle/opened_store.h"

namespace cfp::oracle {

inline constexpr const char* kHistoryName = "storage_history.duckdb";
inline constexpr const char* kLatestName = "storage_latest.duckdb";
inline constexpr std::uint64_t kAcknowledged = 30;

inline std::vector<std::string> texts_of(QueryConnection& connection, const std::string& sql) {
  std::vector<std::string> texts;
  for (const Row& row : connection.execute(sql).fetchall()) texts.push_back(std::get<std::string>(row[0]));
  return texts;
}

/// Everything a store shows: rows of history, rows of latest, items for readers.
struct Shown {
  std::vector<std::string> history, latest, items;
  friend bool operator==(const Shown&, const Shown&) = default;

  static Shown of(CollectionFastPersist& store, std::uint64_t through) {
    const std::string bound = " WHERE cfp_seq <= " + std::to_string(through);
    Shown shown;
    shown.history = texts_of(store.history_conn(),
                             "SELECT concat_ws('|', cfp_seq, \"key\", collection_name, item_name, version, "
                             "coalesce(cfp_prev_seq, 0), \"data\", value_int, updated_at) FROM storage_history" +
                                 bound + " ORDER BY cfp_seq");
    shown.latest = texts_of(store.latest_conn(),
                            "SELECT concat_ws('|', cfp_seq, \"key\", collection_name, item_name, cfp_version, "
                            "cfp_first_seq, \"data\", value_int, updated_at) FROM storage_latest" +
                                bound + " ORDER BY cfp_seq");
    for (const char* key : {"key0", "key1"}) {
      const auto collections = store.get_key(key);
      if (!collections) continue;
      for (const Collection& collection : *collections) {
        for (const cfp::Record& record : collection.items) {
          if (record.sequence() > through) continue;
          shown.items.push_back(std::string(key) + "|" + collection.name + "|" + std::string(record.item_name()) + "|" +
                                std::to_string(record.version()) + "|" + std::string(record.data_text()));
        }
      }
    }
    return shown;
  }
};

inline void store_one(CollectionFastPersist& store, std::uint64_t number) {
  store.store("key" + std::to_string(number % 2),
              "{\"number\":" + std::to_string(number) + ",\"filler\":\"" + std::string(400, 'x') + "\"}",
              "item" + std::to_string(number % 5), number % 3 == 0 ? "" : "collection",
              static_cast<std::int64_t>(number));
}

/// The files of a store of thirty records after 10, 20, 25 and 30 of them; closed, but for the one after 25, whose last
/// five records are in DuckDB's log. The log has a segment or more for each ten records.
class StorePieces {
 public:
  StorePieces() {
    const fs::path store = path() / "store";
    make_session(store, kDay, 1, 10);
    keep(store, 10);
    make_session(store, kDay, 11, 20);
    keep(store, 20);
    {
      CollectionFastPersist open(kNextDay, config(store));
      for (std::uint64_t i = 21; i <= 25; ++i) store_one(open, i);
      open.flush_data_to_duckdb();
      static_cast<void>(open.latest_conn().execute("SELECT 1"));  // brings latest to 25
      keep(store, 25);
      for (std::uint64_t i = 26; i <= 30; ++i) store_one(open, i);
      shown_ = Shown::of(open, kAcknowledged);
      open.close();
    }
    keep(store, 30);
    sort_log(store);
    make_session(path() / "other", kDay, 1, 5);
    copy_table(path() / "other", path() / "foreign");
  }

  [[nodiscard]] fs::path of(int through) const { return path() / std::to_string(through); }
  [[nodiscard]] fs::path foreign() const { return path() / "foreign"; }
  /// Segments with records up to 10, 20, 30, as "{date}/{name}" below of(0).
  [[nodiscard]] const std::map<int, std::vector<fs::path>>& segments() const { return segments_; }
  [[nodiscard]] const Shown& shown() const { return shown_; }

  static CollectionConfig config(const fs::path& base_dir) {
    CollectionConfig calm = calm_config(base_dir);
    calm.max_wal_size = 4096;
    calm.backup_on_close = false;
    return calm;
  }

 private:
  [[nodiscard]] const fs::path& path() const { return directory_.path(); }
  static void make_session(const fs::path& store, const char* day, std::uint64_t from, std::uint64_t through) {
    CollectionFastPersist open(day, config(store));
    for (; from <= through; ++from) store_one(open, from);
    open.close();
  }
  static void copy_table(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const char* name : {kHistoryName, kLatestName}) {
      for (const char* suffix : {"", ".wal"}) {
        const std::string file = std::string(name) + suffix;
        if (fs::exists(from / file)) fs::copy_file(from / file, to / file);
      }
    }
  }
  void keep(const fs::path& store, int through) {
    copy_table(store, of(through));
    if (through == 25) return;
    for (const char* day : {kDay, kNextDay}) {
      if (!fs::exists(store / day)) continue;
      for (const auto& entry : fs::directory_iterator(store / day)) {
        const fs::path name = fs::path(day) / entry.path().filename();
        bool known = false;
        for (const auto& [end, names] : segments_)
          known = known || std::find(names.begin(), names.end(), name) != names.end();
        if (!known) segments_[through].push_back(name);
      }
    }
  }
  void sort_log(const fs::path& store) {
    for (const char* day : {kDay, kNextDay}) fs::create_directories(of(0) / day);
    for (const auto& [end, names] : segments_) {
      for (const fs::path& name : names) fs::copy_file(store / name, of(0) / name);
    }
  }

  const support::TemporaryDirectory directory_;
  std::map<int, std::vector<fs::path>> segments_;
  Shown shown_;
};

}  // namespace cfp::oracle
