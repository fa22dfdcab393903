#pragma once

// For the tests of this room: a store of two fake tables on a simulated disk, as Backups sees it.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backup/backups.h"
#include "backup/catalog.h"
#include "support/fake_tables.h"
#include "support/made_record.h"
#include "support/simulated_environment.h"

namespace cfp::backup {

inline const std::string kStoreId(32, 'a');
inline const std::string kOtherId(32, 'b');
inline constexpr const char* kToday = "2025-01-15";  // of the simulated clock
inline const std::string kHistoryBackup = "storage_history.duckdb.backup";
inline const std::string kLatestBackup = "storage_latest.duckdb.backup";

/// What a backup says of itself, for decisions that look at no disk.
inline BackupInfo info(const char* date, std::uint64_t watermark, const std::string& store_id = kStoreId) {
  BackupInfo backup{std::string("/store/") + date + "/" + kHistoryBackup, Date(date)};
  backup.is_readable = true;
  backup.store_id = store_id;
  backup.watermark = watermark;
  backup.made_at = Timestamp(std::chrono::sys_days(Date(date).day()));
  return backup;
}

class BackupFixture : public ::testing::Test {
 protected:
  BackupFixture() {
    disk_.set_time([this] { return clock_.now(); });
    table_disk_->read_file = [this](const std::filesystem::path& path) { return disk_.content(path).value_or(""); };
    boot();
  }

  /// A new start on what the disk has.
  void boot() {
    latest_.reset();
    history_.reset();
    base_ = disk_.open_base_directory("/store");
    tables_ = std::make_unique<support::FakeTables>(table_disk_);
    history_ = tables_->open_history({}, kStoreId);
    latest_ = tables_->open_latest({}, kStoreId);
  }
  void add_record() {
    model::Record record = support::made_record("k", "", "i" + std::to_string(++last_sequence_));
    record.state->sequence = last_sequence_;
    const tables::VersionedRecord row{&record, 1, 0};
    history_->append({&row, 1});
  }
  /// A file with that content in a date directory, durable.
  void put(const std::string& date, const std::string& name, const std::string& content = "x") {
    const auto directory = base_->open_directory(date, true);
    const auto file = directory->open(name, os::OpenMode::create);
    file->write(0, content);
    file->sync();
    directory->sync();
  }
  /// A whole backup of the table as it is now, whoever made it.
  void put_backup(const std::string& date) {
    std::string bytes;
    history_->copy([&](std::string_view piece) { bytes += piece; });
    put(date, kHistoryBackup, bytes);
    bytes.clear();
    latest_->copy([&](std::string_view piece) { bytes += piece; });
    put(date, kLatestBackup, bytes);
  }
  /// Makes the store another one, so that the next backup is of that one.
  void become(const std::string& store_id) {
    table_disk_->history->meta.store_id = store_id;
    table_disk_->latest->meta.store_id = store_id;
  }
  [[nodiscard]] bool exists(const std::string& date, const std::string& name) const {
    return disk_.content(std::filesystem::path("/store") / date / name).has_value();
  }
  [[nodiscard]] std::vector<std::string> names_in(const std::string& date) {
    std::vector<std::string> names;
    if (!base_->contains(date)) return names;
    for (const auto& entry : base_->open_directory(date, false)->list()) names.push_back(entry.name);
    return names;
  }
  /// A sealed segment of the log.
  Segment segment(const std::string& date, int number, std::uint64_t last_sequence,
                  SegmentState state = SegmentState::live) {
    Segment made{base_->open_directory(date, true), "wal_00000" + std::to_string(number) + ".jsonl", last_sequence, 1,
                 state};
    put(date, made.file_name());
    return made;
  }

  BackupOptions options_{Date(kToday), kStoreId};
  std::unique_ptr<Backups> make_backups() {
    StoreView view;
    view.running.copy_history = [this](const tables::ByteSink& sink) {
      if (before_copy_) before_copy_();
      return history_->copy(sink);
    };
    view.running.copy_latest = [this](const tables::ByteSink& sink) { return latest_->copy(sink); };
    view.segments = [this] { return segments_; };
    view.last_sequence = [this] { return last_sequence_; };
    view.log_bytes = [this] { return log_bytes_; };
    view.table_bytes = [] { return 1000; };
    view.table_log_bytes = [] { return 0; };
    view.free_bytes = [this] { return free_bytes_; };
    view.damage_found = [] {};
    view.log = [this](LogLevel, const std::string& message) { messages_.push_back(message); };
    return std::make_unique<Backups>(*base_, *tables_, clock_, options_, std::move(view));
  }
  [[nodiscard]] std::vector<BackupInfo> found() { return find_backups(*base_, *tables_); }

  support::SimulatedDisk disk_{1};
  support::SimulatedClock clock_;
  support::SteppedBackground background_;
  std::shared_ptr<support::FakeTableDisk> table_disk_ = std::make_shared<support::FakeTableDisk>();
  std::unique_ptr<os::Directory> base_;
  std::unique_ptr<support::FakeTables> tables_;
  std::unique_ptr<tables::HistoryTable> history_;
  std::unique_ptr<tables::LatestTable> latest_;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t log_bytes_ = 0;
  std::optional<std::uint64_t> free_bytes_;
  std::vector<Segment> segments_;
  std::function<void()> before_copy_;
  std::vector<std::string> messages_;
};

}  // namespace cfp::backup
