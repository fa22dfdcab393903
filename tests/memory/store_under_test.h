#pragma once

// A store with what is known of it, through calls that fail for want of memory.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include "cfp/collection_fast_persist.h"
#include "memory/allocation_sweep.h"
#include "support/temporary_directory.h"

namespace cfp::memory {

inline constexpr const char* kDay = "2025-12-24";

class StoreUnderTest {
 public:
  using Name = std::tuple<std::string, std::string, std::string>;

  StoreUnderTest() {
    config.base_dir = directory_.path() / "store";
    config.max_wal_size = 4096;  // so that segments change as well
    config.batch_size = 1'000'000;
    config.duckdb_flush_interval_seconds = 3600;
    config.latest_interval_seconds = 3600;
    config.allow_network_fs = true;
    config.extra_schema = {{"city", "string"}, {"size", "int32"}};
  }

  CollectionConfig config;

  [[nodiscard]] CollectionFastPersist& store() { return *store_; }
  [[nodiscard]] bool is_open() const { return store_ != nullptr; }
  void open() { store_ = std::make_unique<CollectionFastPersist>(kDay, config); }
  void drop() { store_.reset(); }
  void reopen() {
    drop();
    open();
  }

  /// Stores under the name, the `number`-th allocation failing. A store that refuses writes from then on is opened
  /// again, as its error says.
  Outcome store_one(const Name& name, std::uint64_t number = 0) {
    const auto& [key, collection_name, item_name] = name;
    const Data data(R"({"city":"a name that is longer than a string keeps in itself","size":7,"n":)" +
                    std::to_string(++stored_) + "}");
    const std::string text = "a value that is longer than a string keeps in itself";
    std::uint64_t sequence = 0;
    const Outcome outcome =
        outcome_of([&] { sequence = store().store(key, data, item_name, collection_name, text); }, number);
    if (outcome.succeeded) {
      note(name, sequence, data.text());
    } else {
      unknown_.insert(name);
    }
    return outcome;
  }
  void note(const Name& name, std::uint64_t sequence, const std::string& data) {
    last_[name] = {sequence, data};
    EXPECT_TRUE(sequences_.insert(sequence).second) << "a sequence was given twice";
  }
  void note_unknown(const Name& name) { unknown_.insert(name); }

  /// Whether it takes a record.
  bool goes_on() {
    return store_one({"a key that nothing else is stored under", "", "item " + std::to_string(sequences_.size())})
        .succeeded;
  }

  /// Every acknowledged record is what readers see, or one that came after it and whose store threw.
  void expect_readable() {
    for (const auto& [name, known] : last_) {
      const auto& [key, collection_name, item_name] = name;
      const auto record = store().get_item(key, collection_name, item_name);
      ASSERT_TRUE(record) << key << "/" << collection_name << "/" << item_name;
      if (record->sequence() != known.sequence && unknown_.contains(name)) {
        EXPECT_GT(record->sequence(), known.sequence);
        continue;
      }
      EXPECT_EQ(record->sequence(), known.sequence);
      EXPECT_TRUE(record->data_text().starts_with(known.data.substr(0, known.data.size() - 1))) << record->data_text();
    }
  }

  /// Each acknowledged record has one row of history, versions count from 1, and latest is the last.
  void expect_whole() {
    expect_readable();
    const auto rows = store()
                          .history_conn()
                          .execute(
                              "SELECT cfp_seq, \"key\", collection_name, item_name, version FROM storage_history "
                              "ORDER BY cfp_seq")
                          .fetchall();
    std::set<std::uint64_t> missing = sequences_;
    std::map<Name, std::int64_t> versions;
    std::uint64_t before = 0;
    for (const Row& row : rows) {
      const auto sequence = std::get<std::uint64_t>(row[0]);
      EXPECT_GT(sequence, before) << "a row twice";
      before = sequence;
      const Name name{std::get<std::string>(row[1]), std::get<std::string>(row[2]), std::get<std::string>(row[3])};
      if (missing.erase(sequence) == 0) {
        EXPECT_TRUE(unknown_.contains(name)) << "nobody stored " << std::get<0>(name) << "/" << std::get<2>(name);
      }
      EXPECT_EQ(std::get<std::int64_t>(row[4]), ++versions[name]) << std::get<0>(name) << "/" << std::get<2>(name);
    }
    EXPECT_TRUE(missing.empty()) << missing.size() << " acknowledged records have no row";
    const auto latest = store().latest_conn().execute("SELECT count(*) FROM storage_latest").fetchall();
    EXPECT_EQ(std::get<std::int64_t>(latest[0][0]), static_cast<std::int64_t>(versions.size()));
  }
  /// The same after an end without a close, and after one with a close.
  void expect_whole_through_opens() {
    expect_whole();
    reopen();
    expect_whole();
    EXPECT_TRUE(goes_on());
    store().close();
    open();
    expect_whole();
  }

  [[nodiscard]] std::filesystem::path path() const { return config.base_dir; }

 private:
  struct Known {
    std::uint64_t sequence;
    std::string data;
  };
  const support::TemporaryDirectory directory_;
  std::uint64_t stored_ = 0;
  std::map<Name, Known> last_;
  std::set<Name> unknown_;  // whose store threw
  std::set<std::uint64_t> sequences_;
  std::unique_ptr<CollectionFastPersist> store_;
};

inline std::string long_name(const std::string& kind, std::uint64_t n) {
  return kind + " with a name that needs memory of its own " + std::to_string(n);
}

}  // namespace cfp::memory
