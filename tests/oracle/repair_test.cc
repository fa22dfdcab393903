// repair(base_dir): whatever stops an open with `corrupt` is mended, and what can be read stays.

#include <gtest/gtest.h>

#include <cstdlib>

#include "crash/damaged_store.h"
#include "oracle/offline_store.h"
#include "oracle/small_disk.h"

namespace cfp::oracle {
namespace {

using Missing = std::vector<MissingSequences>;

class Repair : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] fs::path history() const { return path() / "storage_history.duckdb"; }
  [[nodiscard]] fs::path latest() const { return path() / "storage_latest.duckdb"; }
  [[nodiscard]] CollectionConfig config() const { return small_config(path()); }

  /// As a kill leaves it: `flushed` records are in history, all in the log.
  void make_killed(int flushed, int records) const {
    const fs::path running = directory_.path() / "running";
    CollectionFastPersist store(kDay, small_config(running));
    store_marks(store, 1, flushed);
    if (flushed > 0) store.flush_data_to_duckdb();
    store_marks(store, flushed + 1, records);
    copy_as_killed(running, path());
  }
  void make_closed(int records) const {
    CollectionFastPersist store(kDay, config());
    store_marks(store, 1, records);
    store.close();
  }
  /// Refused; the dry run changes nothing and says what the real one does; a second one has nothing to do.
  [[nodiscard]] RepairReport repaired() const {
    const auto open = [&] { CollectionFastPersist store(kNextDay, config()); };
    EXPECT_EQ(code_of(open), ErrorCode::corrupt);
    const Listing before = listing_of(path());
    const RepairReport foreseen = repair(path());
    EXPECT_EQ(listing_of(path()), before);
    EXPECT_FALSE(foreseen.opens);
    EXPECT_FALSE(foreseen.done);
    RepairOptions options;
    options.dry_run = false;
    const RepairReport done = repair(path(), options);
    EXPECT_EQ(done.steps, foreseen.steps);
    EXPECT_EQ(done.missing, foreseen.missing);
    EXPECT_TRUE(done.done);
    EXPECT_TRUE(done.opens);
    expect_nothing_deleted(before);
    const Listing after = listing_of(path());
    const RepairReport again = repair(path(), options);
    EXPECT_TRUE(again.steps.empty());
    EXPECT_TRUE(again.missing.empty());
    EXPECT_TRUE(again.opens);
    EXPECT_EQ(listing_of(path()), after);
    return done;
  }
  /// Every file is there with its bytes, under its name or aside.
  void expect_nothing_deleted(const Listing& before) const {
    for (const auto& [name, file] : before) {
      if (std::get<2>(file) == "directory") continue;
      bool found = false;
      for (const auto& [other, now] : listing_of(path())) {
        found = found || (other.starts_with(name) && std::get<2>(now) == std::get<2>(file));
      }
      EXPECT_TRUE(found) << name;
    }
  }
  /// Values 1 to `last` but for those from `from` to `through`.
  static std::vector<std::int64_t> values(int last, int from, int through) {
    std::vector<std::int64_t> all;
    for (int i = 1; i <= last; ++i) {
      if (i < from || i > through) all.push_back(i);
    }
    return all;
  }
  /// Opens, goes on, and has these.
  void expect_values(const std::vector<std::int64_t>& expected, std::uint64_t above) const {
    std::vector<std::int64_t> found;
    for (const auto& row : expect_goes_on(config(), above)) found.push_back(std::get<3>(row));
    EXPECT_EQ(found, expected);
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(Repair, IsNamedByTheErrorOfADamagedLog) {
  make_killed(0, 30);
  ASSERT_TRUE(damage(segments_of(path())[0], "\"m5\""));
  const std::string text = text_of([&] { CollectionFastPersist store(kNextDay, config()); });
  EXPECT_NE(text.find("repair(base_dir)"), std::string::npos) << text;
}

TEST_F(Repair, KeepsWhatStandsAroundADamagedRecord) {
  make_killed(0, 30);
  ASSERT_TRUE(damage(segments_of(path())[0], "\"m5\""));
  const RepairReport done = repaired();
  EXPECT_EQ(done.missing, (Missing{{5, 5, 1}}));
  EXPECT_EQ(done.steps.back().file, std::string(kDay) + "/wal_000001.jsonl");
  expect_values(values(30, 5, 5), 30);
}

TEST_F(Repair, MendsOnlyWhatHistoryLacks) {
  make_killed(10, 30);
  ASSERT_TRUE(damage(segments_of(path())[0], "\"m5\""));
  EXPECT_TRUE(repair(path()).opens);
  bool found = false;
  for (const auto& segment : segments_of(path())) found = found || damage(segment, "\"m20\"");
  ASSERT_TRUE(found);
  EXPECT_EQ(repaired().missing, (Missing{{20, 20, 1}}));
  expect_values(values(30, 20, 20), 30);
}

TEST_F(Repair, KeepsAllRecordsBehindADamagedHeader) {
  make_killed(4, 30);
  ASSERT_TRUE(damage(segments_of(path())[1], "\"format\""));
  EXPECT_TRUE(repaired().missing.empty());
  expect_values(values(30, 0, 0), 30);
}

TEST_F(Repair, DeclaresTheLossOfASegment) {
  make_killed(0, 40);
  const auto segments = segments_of(path());
  ASSERT_GE(segments.size(), 3U);
  fs::remove(segments[1]);
  const RepairReport done = repaired();
  ASSERT_EQ(done.missing.size(), 1U);
  EXPECT_EQ(done.missing[0].acknowledged, done.missing[0].last - done.missing[0].first + 1);
  expect_values(values(40, static_cast<int>(done.missing[0].first), static_cast<int>(done.missing[0].last)), 40);
}

/// Behind the loss and from its midst, before a flush (from memory) and after one and a reopen (from the table).
TEST_F(Repair, IsToldToWatchersAsAGap) {
  make_killed(0, 40);
  fs::remove(segments_of(path())[1]);
  const MissingSequences lost = repaired().missing.at(0);
  ASSERT_GT(lost.last, lost.first + 1);
  for (const bool is_flushed : {false, true}) {
    CollectionFastPersist store(kNextDay, config());
    if (is_flushed) store.flush_data_to_duckdb();
    for (const std::uint64_t from : {std::uint64_t{0}, lost.first, lost.last}) {
      Watcher watcher = store.watch({.prefix = "no key has this", .from_sequence = from});
      Watcher all = store.watch({.from_sequence = from});
      std::vector<SequenceGap> gaps, expected;
      if (from < lost.last) expected = {{std::max(from + 1, lost.first), lost.last}};
      std::uint64_t next = from + 1;
      while (const auto event = all.next(std::chrono::milliseconds(0))) {
        if (const auto* const gap = std::get_if<SequenceGap>(&*event)) {
          EXPECT_EQ(gap->first, next);
          gaps.push_back(*gap);
          next = gap->last + 1;
        } else {
          EXPECT_EQ(std::get<cfp::Change>(*event).version.record.sequence(), next++);
        }
      }
      EXPECT_EQ(next, store.get_stats().last_sequence + 1);
      EXPECT_EQ(gaps, expected);
      if (expected.empty()) continue;
      const auto event = watcher.next(std::chrono::milliseconds(0));
      ASSERT_TRUE(event);
      EXPECT_EQ(std::get<SequenceGap>(*event), expected[0]);
    }
  }
}

TEST_F(Repair, LeavesAStoreThatOpensAsItIs) {
  make_closed(10);
  const Listing before = listing_of(path());
  RepairOptions options;
  options.dry_run = false;
  const RepairReport report = repair(path(), options);
  EXPECT_TRUE(report.opens);
  EXPECT_FALSE(report.done);
  EXPECT_TRUE(report.steps.empty());
  EXPECT_EQ(listing_of(path()), before);
}

TEST_F(Repair, IsRefusedWhileTheStoreIsOpenAndWhereThereIsNone) {
  EXPECT_EQ(code_of([&] { repair(path()); }), ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(path()));
  fs::create_directory(path());
  EXPECT_EQ(code_of([&] { repair(path()); }), ErrorCode::invalid_argument);
  EXPECT_TRUE(fs::is_empty(path()));
  CollectionFastPersist store(kDay, config());
  EXPECT_EQ(code_of([&] { repair(path()); }), ErrorCode::locked);
}

TEST_F(Repair, ThatWasCutShortIsFinishedByWhoeverMayWrite) {
  make_closed(10);
  fs::create_directory(path() / "repair.new");
  CollectionConfig reading = config();
  reading.read_only = true;
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, reading); }), ErrorCode::corrupt);
  const RepairReport foreseen = repair(path());
  ASSERT_EQ(foreseen.steps.size(), 1U);
  EXPECT_EQ(foreseen.steps[0].action, RepairAction::finish);
  EXPECT_TRUE(fs::exists(path() / "repair.new"));
  { CollectionFastPersist store(kDay, config()); }
  EXPECT_FALSE(fs::exists(path() / "repair.new"));
  { CollectionFastPersist store(kDay, reading); }
}

TEST_F(Repair, LeavesTheTablesOfANewerVersionAlone) {
  make_closed(10);
  crash::run_sql(history(), "UPDATE cfp_meta SET format = 2");
  const Listing before = listing_of(path());
  EXPECT_EQ(code_of([&] { repair(path()); }), ErrorCode::newer_version);
  EXPECT_EQ(listing_of(path()), before);
}

TEST_F(Repair, KeepsAHistoryWhoseOwnLogIsDamaged) {
  make_closed(40);
  for (const auto& segment : segments_of(path())) fs::remove(segment);
  write_content(history().string() + ".wal", std::string(500, '#'));
  fs::remove(latest());
  RepairOptions options;
  options.dry_run = false;
  const RepairReport report = repair(path(), options);
  for (const RepairStep& step : report.steps) EXPECT_NE(step.action, RepairAction::write_segment);
  EXPECT_TRUE(report.missing.empty());
  if (report.steps.empty()) return;  // the open mends it
  expect_values(values(40, 0, 0), 40);
}

/// What the system keeps temporary files in, for a while.
class TemporaryFilesIn {
 public:
  explicit TemporaryFilesIn(const fs::path& path) : before_(fs::temp_directory_path()) { set(path); }
  ~TemporaryFilesIn() { set(before_); }
  TemporaryFilesIn(const TemporaryFilesIn&) = delete;
  TemporaryFilesIn& operator=(const TemporaryFilesIn&) = delete;

 private:
  static void set(const fs::path& path) { ::setenv("TMPDIR", path.c_str(), 1); }
  const fs::path before_;
};

TEST_F(Repair, WithoutRoomForItsCopySaysSoAndChangesNothing) {
  make_killed(30, 60);
  const fs::path own_log = history().string() + ".wal";
  std::string bytes = content_of(own_log);
  ASSERT_GT(bytes.size(), 1000U);
  bytes[bytes.size() / 2] ^= 0x55;
  write_content(own_log, bytes);
  bool is_damaged = false;
  for (const auto& segment : segments_of(path())) is_damaged = is_damaged || damage(segment, "\"m45\"");
  ASSERT_TRUE(is_damaged);
  const Listing before = listing_of(path());
  {
    const SmallDisk disk(directory_.path() / "small", "64k");
    if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
    const TemporaryFilesIn temporary(disk.path());
    EXPECT_EQ(code_of([&] { repair(path()); }), ErrorCode::disk_full);
    EXPECT_EQ(listing_of(path()), before);
  }
  EXPECT_EQ(repaired().missing, (Missing{{45, 45, 1}}));
}

/// Neither history nor the first half of the log.
class LostHistory : public Repair {
 protected:
  void lose(bool with_latest) {
    make_closed(60);
    const auto segments = segments_of(path());
    ASSERT_GE(segments.size(), 5U);
    for (std::size_t i = 0; i < 3; ++i) fs::remove(segments[i]);
    const std::string header = content_of(segments[3]).substr(0, 300);
    last_lost_ = std::stoi(header.substr(header.find("\"after\":") + 8));
    write_content(history(), "this is no database");
    if (!with_latest) write_content(latest(), "nor is this");
  }
  int last_lost_ = 0;
};

TEST_F(LostHistory, IsMadeAnewFromTheLogAndTheRestIsReported) {
  lose(false);
  const RepairReport done = repaired();
  const auto lost = static_cast<std::uint64_t>(last_lost_);
  EXPECT_EQ(done.missing, (Missing{{1, lost, lost}}));
  EXPECT_EQ(content_of(path() / "storage_history.duckdb.corrupt"), "this is no database");
  expect_values(values(60, 1, last_lost_), 60);
}

TEST_F(LostHistory, TakesTheCurrentValuesOfLatestWithTheirVersions) {
  lose(true);
  // An item whose last record is in the lost part.
  const RepairReport done = repaired();
  EXPECT_EQ(done.steps[0].action, RepairAction::write_history);
  const auto lost = static_cast<std::uint64_t>(last_lost_);
  EXPECT_EQ(done.missing, (Missing{{1, lost, lost}}));
  const auto rows = expect_goes_on(config(), 60);
  ASSERT_EQ(rows.size(), 60 - lost);
  for (const auto& [sequence, item, version, value] : rows) {
    // Item i is stored at i, i + 7, ...: what it was before the loss.
    const int first = std::stoi(item) == 0 ? 7 : std::stoi(item);
    EXPECT_EQ(version, (value - first) / 7 + 1) << sequence;
  }
}

TEST_F(LostHistory, KeepsValuesThatOnlyLatestHas) {
  lose(true);
  for (const auto& segment : segments_of(path())) fs::remove(segment);
  const RepairReport done = repaired();
  EXPECT_EQ(done.missing, (Missing{{1, 53, 53}}));
  const auto rows = expect_goes_on(config(), 60);
  ASSERT_EQ(rows.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(std::get<3>(rows[i]), static_cast<std::int64_t>(54 + i));
  EXPECT_EQ(std::get<2>(rows.back()), 9);
}

TEST_F(LostHistory, BeginsWithTheBestBackup) {
  fs::path backup;
  {
    CollectionFastPersist store(kDay, config());
    store_marks(store, 1, 5);
    store.close();
    backup = path() / kDay / "storage_history.duckdb.backup";
    fs::copy_file(history(), backup);
  }
  {
    CollectionFastPersist store(kDay, config());
    store_marks(store, 6, 60);
    store.close();
  }
  const auto segments = segments_of(path());
  for (std::size_t i = 0; i + 2 < segments.size(); ++i) fs::remove(segments[i]);
  fs::remove(history());
  fs::remove(latest());
  const RepairReport done = repaired();
  ASSERT_EQ(done.missing.size(), 1U);
  EXPECT_EQ(done.missing[0].first, 6U);
  expect_values(values(60, 6, static_cast<int>(done.missing[0].last)), 60);
}

TEST_F(LostHistory, NeverGivesANumberTwiceThatOnlyADamagedFileKnew) {
  make_closed(60);
  // The file opens and says through where it went, but its rows cannot be read.
  crash::run_sql(history(), "UPDATE cfp_meta SET rows = rows + 1");
  fs::remove(latest());
  const auto segments = segments_of(path());
  fs::remove(segments.back());
  const RepairReport done = repaired();
  ASSERT_EQ(done.missing.size(), 1U);
  EXPECT_EQ(done.missing[0].last, 60U);
  EXPECT_EQ(done.missing[0].acknowledged, 61 - done.missing[0].first);
  expect_values(values(60, static_cast<int>(done.missing[0].first), 60), 60);
}

TEST_F(LostHistory, ThatWasReplacedByAnOlderOneGoesOnWithTheValuesOfLatest) {
  make_closed(20);
  const fs::path older = directory_.path() / "older";
  fs::copy_file(history(), older);
  {
    CollectionFastPersist store(kDay, config());
    store_marks(store, 21, 60);
    store.close();
  }
  fs::copy_file(older, history(), fs::copy_options::overwrite_existing);
  for (const auto& segment : segments_of(path())) fs::remove(segment);
  RepairOptions options;
  options.dry_run = false;
  const RepairReport done = repair(path(), options);
  EXPECT_EQ(done.missing, (Missing{{21, 53, 33}}));
  const auto rows = expect_goes_on(config(), 60);
  ASSERT_EQ(rows.size(), 27U);
  EXPECT_EQ(rows.back(), (HistoryRow{60, "4", 9, 60}));
}

TEST_F(LostHistory, OfWhichNothingIsLeftIsRefused) {
  make_closed(10);
  fs::remove_all(path() / kDay);
  write_content(history(), "this is no database");
  write_content(latest(), "nor is this");
  const Listing before = listing_of(path());
  EXPECT_EQ(code_of([&] { repair(path()); }), ErrorCode::corrupt);
  EXPECT_EQ(listing_of(path()), before);
}

}  // namespace
}  // namespace cfp::oracle
