#include "recovery/table_healing.h"

#include <gtest/gtest.h>

#include "cfp/error.h"
#include "recovery/catch_up.h"
#include "recovery/table_opening.h"
#include "support/fake_tables.h"
#include "support/simulated_log.h"

namespace cfp::recovery {
namespace {

using support::FakeTableDisk;
using support::FakeTables;
using support::made_record;
using support::numbered;
using support::SimulatedLog;

/// A store whose history holds nine records; its log has twelve, in segments of about three.
class Healing : public testing::Test {
 protected:
  Healing() {
    disk_->read_file = [this](const std::filesystem::path& path) {
      return log_.disk.content(path.string()).value_or("");
    };
    log_.start(1000);
    for (std::int64_t i = 1; i <= 12; ++i) log_.write_value(i);
    log_.writer->close();
    LogInventory inventory = take_inventory(*log_.base, [](LogLevel, const std::string&) {});
    auto opened =
        open_tables(*log_.base, tables_, inventory, {{}, {}, OnDamage::heal}, [](LogLevel, const std::string&) {});
    for (std::uint64_t i = 1; i <= 9; ++i) {
      const model::Record record = numbered(made_record("key", "collection", "item", 1), i);
      const tables::VersionedRecord row{&record, static_cast<std::uint32_t>(i), i - 1};
      opened.history->append({&row, 1});
      if (i == 4) back_up("2025-01-10");
      if (i != 7) continue;
      back_up("2025-01-11");
      catch_up(*opened.history, *opened.latest);
      latest_then_ = *disk_->latest;
    }
    catch_up(*opened.history, *opened.latest);
  }
  ~Healing() override { EXPECT_EQ(disk_->violations, std::vector<std::string>()); }

  void back_up(const std::string& day) {
    const auto directory = log_.base->open_directory(day, true);
    const auto file = directory->open("storage_history.duckdb.backup", os::OpenMode::create);
    file->write(0, disk_->keep_copy(*disk_->history));
    file->sync();
    directory->sync();
  }
  /// Puts latest as it was with record 7 there, with a version by which it is known again.
  void back_up_latest(const std::string& day, const std::function<void(support::FakeLatestFile&)>& change = {}) {
    support::FakeLatestFile copy = latest_then_;
    copy.rows.begin()->second.base.version = 70;
    if (change) change(copy);
    const auto directory = log_.base->open_directory(day, true);
    const auto file = directory->open("storage_latest.duckdb.backup", os::OpenMode::create);
    file->write(0, disk_->keep_copy(copy));
    file->sync();
    directory->sync();
  }
  std::uint32_t healed_version() {
    disk_->damage_history();
    EXPECT_EQ(open().latest->meta().watermark, 7U);
    return disk_->latest->rows.begin()->second.base.version;
  }
  OpenedTables open() {
    messages_.clear();
    const Report report = [this](LogLevel, const std::string& message) {
      messages_ += message + "\n";
      if (message.starts_with("storage_latest.duckdb")) disk_->remove_latest();
      if (message.starts_with("storage_history.duckdb")) disk_->remove_history();
    };
    LogInventory inventory = take_inventory(*log_.base, report);
    return open_tables(*log_.base, tables_, inventory, {{}, {}, on_damage_}, report);
  }
  std::string refusal() {
    try {
      open();
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      return error.what();
    }
    ADD_FAILURE() << "opened";
    return "";
  }
  /// Leaves the log only with what comes after its first segments.
  void forget_first_segments(std::size_t count) {
    const auto names = log_.names();
    for (std::size_t i = 0; i < count; ++i) log_.date->remove(names[i]);
    log_.date->sync();
  }

  SimulatedLog log_;
  std::shared_ptr<FakeTableDisk> disk_ = std::make_shared<FakeTableDisk>();
  FakeTables tables_{disk_};
  support::FakeLatestFile latest_then_;
  OnDamage on_damage_ = OnDamage::heal;
  std::string messages_;
};

TEST_F(Healing, TakesTheNewestBackup) {
  disk_->damage_history();
  const auto opened = open();
  EXPECT_EQ(opened.history->meta().watermark, 7U);
  EXPECT_EQ(opened.latest->meta().watermark, 7U) << "built again: it was ahead";
  EXPECT_EQ(opened.healed_files, 2U);
  EXPECT_TRUE(opened.history_was_read);
  EXPECT_EQ(messages_.find("not taken from its backup"), std::string::npos) << "there was none: " << messages_;
  EXPECT_NE(messages_.find("set aside and built again from 2025-01-11/storage_history.duckdb.backup, which holds the "
                           "records through 7, and 5 records of the log"),
            std::string::npos)
      << messages_;
}

TEST_F(Healing, TakesLatestOfTheSameBackupInsteadOfBuildingIt) {
  back_up_latest("2025-01-11");
  EXPECT_EQ(healed_version(), 70U);
}

TEST_F(Healing, BuildsLatestWhereThatOfTheBackupSaysSomethingElse) {
  back_up_latest("2025-01-10");
  EXPECT_EQ(healed_version(), 7U) << "it lies beside another backup";
  for (const auto& [what, change] : std::vector<std::pair<const char*, std::function<void(support::FakeLatestFile&)>>>{
           {"another store's", [](auto& copy) { copy.meta.store_id = std::string(32, 'e'); }},
           {"ahead of history", [](auto& copy) { copy.meta.watermark = 8; }},
           {"damaged", [](auto& copy) { copy.is_damaged = true; }},
           {"with other columns", [](auto& copy) { copy.meta.rows = 2; }}}) {
    back_up_latest("2025-01-11", change);
    EXPECT_EQ(healed_version(), 7U) << what;
    log_.base->open_directory("2025-01-11", false)->remove("storage_latest.duckdb.backup");
  }
}

TEST_F(Healing, PassesOverARottenBackup) {
  disk_->damage_history();
  log_.disk.set_content("/store/2025-01-11/storage_history.duckdb.backup", "rotten");
  EXPECT_EQ(open().history->meta().watermark, 4U);
}

TEST_F(Healing, TakesTheLogAloneWhenThereIsNoBackup) {
  disk_->remove_history();
  for (const char* day : {"2025-01-10", "2025-01-11"}) {
    log_.disk.set_content("/store/" + std::string(day) + "/storage_history.duckdb.backup", "rotten");
  }
  EXPECT_EQ(open().history->meta().watermark, 0U);
  EXPECT_NE(messages_.find("is missing; it is built again from the log alone, and 12 records"), std::string::npos)
      << messages_;
}

TEST_F(Healing, RefusesWhatTheLogDoesNotReachBackTo) {
  disk_->damage_history();
  forget_first_segments(3);
  const std::string text = refusal();
  EXPECT_NE(text.find("the records through 9 were acknowledged"), std::string::npos) << text;
  EXPECT_NE(text.find("- 2025-01-11/storage_history.duckdb.backup, which holds the records through 7"),
            std::string::npos)
      << text;
  EXPECT_TRUE(disk_->history->is_damaged);
  EXPECT_EQ(disk_->latest->meta.watermark, 9U);
}

TEST_F(Healing, NeedsALogOnlyForWhatTheBackupLacks) {
  back_up("2025-01-12");
  forget_first_segments(log_.names().size());
  disk_->remove_history();
  disk_->remove_latest();
  const auto opened = open();
  EXPECT_EQ(opened.history->meta().watermark, 9U);
  EXPECT_EQ(opened.latest->meta().watermark, 9U);
}

TEST_F(Healing, GoesForwardToABackupThatIsAheadOfHistory) {
  back_up("2025-01-12");
  forget_first_segments(log_.names().size());
  disk_->remove_latest();
  support::FakeHistoryFile& history = *disk_->history;
  history.rows.resize(3);
  history.meta = support::recounted(history);
  history.meta.watermark = 3;
  EXPECT_EQ(open().history->meta().watermark, 9U);
  EXPECT_NE(messages_.find("holds the records through 3 only, a backup those through"), std::string::npos) << messages_;
}

TEST_F(Healing, AsksFirstWhenItIsToldTo) {
  disk_->damage_history();
  on_damage_ = OnDamage::raise;
  const std::string text = refusal();
  EXPECT_NE(text.find("With on_damage \"heal\" it is set aside and built again from 2025-01-11/"), std::string::npos)
      << text;
  EXPECT_NE(text.find("5 records of the log"), std::string::npos) << text;
  EXPECT_TRUE(disk_->history->is_damaged);
}

TEST_F(Healing, NeverMixesStores) {
  disk_->history->meta.store_id = "another";
  const auto opened = open();
  EXPECT_EQ(opened.history->meta().store_id, SimulatedLog::kStoreId);
  EXPECT_EQ(opened.history->meta().watermark, 7U);
  EXPECT_NE(messages_.find("belongs to another store than the log"), std::string::npos) << messages_;
}

TEST_F(Healing, MayBeKilledAtAnyStep) {
  for (int kill_at = 0; kill_at < 8; ++kill_at) {
    disk_->damage_history();
    disk_->damage_latest();
    int left = kill_at;
    disk_->on_step = [&](std::string_view) {
      if (left-- == 0) throw std::runtime_error("killed");
    };
    try {
      open();
    } catch (const std::runtime_error&) {
    }
    disk_->on_step = {};
    const auto opened = open();
    EXPECT_EQ(opened.history->meta().watermark, 7U) << kill_at;
    EXPECT_EQ(opened.latest->meta().watermark, 7U) << kill_at;
  }
}

}  // namespace
}  // namespace cfp::recovery
