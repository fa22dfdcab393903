// restore(base_dir, into, to): a new store as the old one was at a point of its time; the old one is only read.

#include <gtest/gtest.h>

#include "oracle/offline_store.h"
#include "os/environment.h"
#include "support/made_record.h"
#include "wal/line.h"
#include "wal/segment_writer.h"

namespace cfp::oracle {
namespace {

class Restore : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] fs::path into() const { return directory_.path() / "restored"; }
  [[nodiscard]] fs::path history() const { return path() / "storage_history.duckdb"; }
  [[nodiscard]] CollectionConfig config() const { return small_config(path()); }

  /// History has the first 20 records, the log all 40.
  void make_killed() const {
    const fs::path running = directory_.path() / "running";
    CollectionFastPersist store(kDay, small_config(running));
    store_marks(store, 1, 20);
    store.flush_data_to_duckdb();
    store_marks(store, 21, 40);
    copy_as_killed(running, path());
  }
  void make_closed() const {
    CollectionFastPersist store(kDay, config());
    store_marks(store, 1, 40);
    store.close();
  }
  /// Restores, compares with the first `records` of the source and goes on; the source is untouched.
  RestoreReport expect_restored(const RestoreTarget& to, std::uint64_t records) const {
    const Listing before = listing_of(path());
    const RestoreReport report = restore(path(), into(), to);
    EXPECT_EQ(listing_of(path()), before) << "the source is only read";
    EXPECT_EQ(report.through, records);
    EXPECT_EQ(report.records, records);
    EXPECT_EQ(report.items, std::min<std::uint64_t>(records, 7));
    EXPECT_EQ(report.last_updated_at.has_value(), records > 0);
    std::vector<HistoryRow> expected;
    for (std::uint64_t i = 1; i <= records; ++i) {
      expected.emplace_back(i, std::to_string(i % 7), static_cast<std::int64_t>((i + 6) / 7),
                            static_cast<std::int64_t>(i));
    }
    EXPECT_EQ(expect_goes_on(small_config(into()), records), expected);
    EXPECT_EQ(listing_of(path()), before);
    return report;
  }
  void expect_refused(const RestoreTarget& to, ErrorCode code, const std::string& text) const {
    const Listing before = listing_of(path());
    EXPECT_EQ(code_of([&] { restore(path(), into(), to); }), code);
    const std::string said = text_of([&] { restore(path(), into(), to); });
    EXPECT_NE(said.find(text), std::string::npos) << said;
    EXPECT_FALSE(fs::exists(into())) << "what was made is removed";
    EXPECT_EQ(listing_of(path()), before);
  }
  void expect_original_opens(std::int64_t records) const {
    CollectionFastPersist store(kNextDay, config());
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), records);
    store.close();
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(Restore, OfAClosedStoreIsTheWholeStoreUnderAnIdOfItsOwn) {
  make_closed();
  expect_restored(RestoreTarget::everything(), 40);
  const auto id = [](const fs::path& base_dir) {
    CollectionFastPersist store(kNextDay, small_config(base_dir));
    return std::get<std::string>(store.history_conn().execute("SELECT store_id FROM cfp_meta").fetchone()->at(0));
  };
  EXPECT_NE(id(path()), id(into()));
  expect_original_opens(40);
}

TEST_F(Restore, OfAKilledStoreTakesHistoryAndThenTheLog) {
  make_killed();
  EXPECT_EQ(expect_restored(RestoreTarget::everything(), 40).source, "storage_history.duckdb");
  expect_original_opens(40);
}

TEST_F(Restore, ToASequenceCutsHistoryOrLog) {
  for (const std::uint64_t last : {1U, 13U, 20U, 21U, 33U, 40U}) {
    fs::remove_all(path());
    fs::remove_all(into());
    fs::remove_all(directory_.path() / "running");
    make_killed();
    expect_restored(RestoreTarget::sequence(last), last);
  }
}

TEST_F(Restore, ToASequenceThatIsNotReachedYetIsRefusedWithTheLastThatIs) {
  make_killed();
  expect_refused(RestoreTarget::sequence(41), ErrorCode::invalid_argument, "sequence 40");
}

TEST_F(Restore, ToATimeTakesAllThatWasAcceptedByThen) {
  make_killed();
  std::vector<std::int64_t> times;
  {
    const fs::path copy = directory_.path() / "copy";
    fs::copy(path(), copy, fs::copy_options::recursive);
    CollectionFastPersist store(kDay, small_config(copy));
    for (const Row& row :
         store.history_conn().execute("SELECT epoch_us(updated_at) FROM storage_history ORDER BY cfp_seq").fetchall()) {
      times.push_back(std::get<std::int64_t>(row[0]));
    }
  }
  const auto at = [](std::int64_t us) {
    return RestoreTarget::time(Timestamp(Timestamp::Micros(std::chrono::microseconds(us))));
  };
  ASSERT_EQ(times.size(), 40U);
  expect_restored(at(times[9]),
                  static_cast<std::uint64_t>(std::upper_bound(times.begin(), times.end(), times[9]) - times.begin()));
  fs::remove_all(into());
  expect_restored(at(times[29]),
                  static_cast<std::uint64_t>(std::upper_bound(times.begin(), times.end(), times[29]) - times.begin()));
  fs::remove_all(into());
  expect_restored(at(times[39] + 1'000'000), 40);
  fs::remove_all(into());
  const RestoreReport empty = restore(path(), into(), at(times[0] - 1));
  EXPECT_EQ(empty.through, 0U);
  EXPECT_EQ(empty.records, 0U);
  CollectionFastPersist store(kDay, small_config(into()));
  EXPECT_FALSE(store.get_key("k"));
  EXPECT_EQ(store.store("k", "{}"), 1U);
}

TEST_F(Restore, WithADamagedHistoryTakesTheBackupAndTheLog) {
  make_killed();
  // What DuckDB's own log has would be missing from a copy of the file alone.
  { CollectionFastPersist store(kDay, config()); }
  fs::copy_file(history(), path() / kDay / "storage_history.duckdb.backup");
  write_content(history(), "this is no database");
  EXPECT_EQ(expect_restored(RestoreTarget::everything(), 40).source,
            std::string(kDay) + "/storage_history.duckdb.backup");
}

TEST_F(Restore, OfABackupByItselfIsWhatTheBackupHas) {
  make_closed();
  const fs::path backup = directory_.path() / "only";
  fs::create_directories(backup / kDay);
  fs::copy_file(history(), backup / kDay / "storage_history.duckdb.backup");
  fs::remove_all(path());
  fs::rename(backup, path());
  expect_restored(RestoreTarget::everything(), 40);
}

TEST_F(Restore, WithoutAnyHistoryTakesTheLogAlone) {
  make_killed();
  fs::remove(history());
  fs::remove(history().string() + ".wal");
  expect_restored(RestoreTarget::everything(), 40);
  fs::remove_all(into());
  expect_restored(RestoreTarget::sequence(17), 17);
}

TEST_F(Restore, BehindDamageIsRefusedWithTheLastSequenceThatCanBeHad) {
  make_killed();
  bool found = false;
  for (const auto& segment : segments_of(path())) found = found || damage(segment, "\"m31\"");
  ASSERT_TRUE(found);
  expect_refused(RestoreTarget::everything(), ErrorCode::corrupt, "sequence 30");
  expect_refused(RestoreTarget::sequence(31), ErrorCode::corrupt, "sequence 30");
  expect_restored(RestoreTarget::sequence(30), 30);
}

TEST_F(Restore, BehindTheEndOfBackupAndLogIsRefused) {
  make_closed();
  fs::copy_file(history(), path() / kDay / "storage_history.duckdb.backup");
  {
    CollectionFastPersist store(kNextDay, config());
    store_marks(store, 41, 50);
    store.close();
  }
  fs::remove_all(path() / kNextDay);
  write_content(history(), "this is no database");
  expect_refused(RestoreTarget::everything(), ErrorCode::corrupt, "sequence 40");
}

TEST_F(Restore, NeedsAnEmptyPlaceOutsideOfTheStore) {
  make_closed();
  EXPECT_EQ(code_of([&] { restore(path(), path() / "inside"); }), ErrorCode::invalid_argument);
  const fs::path cut_off = into().string() + "?";
  EXPECT_NE(text_of([&] { restore(path(), cut_off); }).find("a question mark; choose another"), std::string::npos);
  EXPECT_FALSE(fs::exists(cut_off));
  EXPECT_EQ(code_of([&] { restore(path(), path()); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { restore(path(), directory_.path()); }), ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(path() / "inside"));
  fs::create_directory(into());
  write_content(into() / "mine", "x");
  EXPECT_EQ(code_of([&] { restore(path(), into()); }), ErrorCode::invalid_argument);
  EXPECT_EQ(content_of(into() / "mine"), "x");
  fs::remove(into() / "mine");
  expect_restored(RestoreTarget::everything(), 40);
  EXPECT_EQ(code_of([&] { restore(directory_.path() / "nowhere", directory_.path() / "other"); }),
            ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(directory_.path() / "other"));
}

TEST_F(Restore, IsRefusedWhileTheSourceIsOpenAndWorksWithoutALockFile) {
  {
    CollectionFastPersist store(kDay, config());
    store_marks(store, 1, 40);
    EXPECT_EQ(code_of([&] { restore(path(), into()); }), ErrorCode::locked);
    EXPECT_FALSE(fs::exists(into()));
    store.close();
  }
  fs::remove(path() / ".lock");
  expect_restored(RestoreTarget::everything(), 40);
  EXPECT_FALSE(fs::exists(path() / ".lock"));
}

TEST_F(Restore, ThatWasCutShortIsNeitherOpenedNorRestoredInto) {
  make_closed();
  fs::create_directory(into());
  write_content(into() / "restore.tmp", "");
  const std::string text = text_of([&] { restore(path(), into()); });
  EXPECT_NE(text.find("Remove the directory, then call restore again"), std::string::npos) << text;
  CollectionConfig config = small_config(into());
  for (const bool read_only : {false, true}) {
    config.read_only = read_only;
    EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, config); }), ErrorCode::corrupt);
  }
}

/// A store whose records 4 to 6 are one atomic batch, of `flushed` records in history.
class RestoreOfABatch : public Restore {
 protected:
  void make(bool flushed) {
    {
      os::Environment environment = os::make_system_environment();
      const auto base = environment.open_base_directory(path());
      const auto date = base->open_directory(kDay, true);
      wal::SegmentWriter writer(*date, *environment.background, *environment.clock, std::string(32, 'a'), 1 << 20, {});
      for (const auto& [first, last] : {std::pair(1, 3), std::pair(4, 6), std::pair(7, 9)}) {
        std::vector<model::Record> records;
        std::vector<std::string> starts;
        for (int i = first; i <= last; ++i) {
          records.push_back(support::made_record("k", "c", std::to_string(i % 7), i));
          starts.push_back(wal::encode_line_start(records.back()));
        }
        const wal::LineBatch batch{records, starts, first == 4};
        writer.write({&batch, 1});
      }
      writer.close();
    }
    if (!flushed) return;
    CollectionFastPersist store(kDay, config());
    store.close();
  }
};

TEST_F(RestoreOfABatch, ToASequenceInsideMeansBeforeIt) {
  for (const bool flushed : {false, true}) {
    fs::remove_all(path());
    make(flushed);
    for (const std::uint64_t last : {3U, 4U, 5U, 6U, 7U}) {
      fs::remove_all(into());
      expect_restored(RestoreTarget::sequence(last), last == 4 || last == 5 ? 3 : last);
    }
  }
}

}  // namespace
}  // namespace cfp::oracle
