#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/made_record.h"
#include "support/simulated_clock.h"
#include "support/simulated_disk.h"
#include "support/stepped_background.h"
#include "wal/line.h"
#include "wal/segment_writer.h"

namespace cfp::support {

/// What one caller stores together.
struct LogBatch {
  std::vector<model::Record> records;
  bool atomic = false;
};

/// A log on a simulated disk, written by the real writer.
class SimulatedLog {
 public:
  static constexpr const char* kBase = "/store";
  static constexpr const char* kDate = "2025-01-15";
  static constexpr const char* kStoreId = "0123456789abcdef0123456789abcdef";

  explicit SimulatedLog(std::uint64_t seed = 1) : disk(seed) { open_directories(); }

  /// Goes on with the log as recovery found it.
  void start(std::uint64_t max_segment_bytes = 1 << 20, const wal::LogPosition& position = {}) {
    writer.reset();
    writer = std::make_unique<wal::SegmentWriter>(*date, background, clock, store_id, max_segment_bytes, position);
  }
  void open_directories() {
    writer.reset();
    date.reset();
    base = disk.open_base_directory(kBase);
    date = base->open_directory(kDate, true);
  }
  /// Everything that is open dies with the process; the disk keeps what the mode says.
  void crash(CrashMode mode) {
    disk.crash(mode);  // from here on the writer cannot tidy up any more
    open_directories();
  }

  /// One group; returns the number of its last record.
  std::uint64_t write(std::vector<LogBatch> group, bool syncs = true) {
    std::vector<std::vector<std::string>> starts;
    std::vector<wal::LineBatch> batches;
    for (LogBatch& batch : group) {
      starts.emplace_back();
      for (const model::Record& record : batch.records) starts.back().push_back(wal::encode_line_start(record));
    }
    for (std::size_t i = 0; i < group.size(); ++i) batches.push_back({group[i].records, starts[i], group[i].atomic});
    writer->write(batches, syncs);
    return group.back().records.back().sequence();
  }
  std::uint64_t write(model::Record record) { return write({LogBatch{{std::move(record)}}}); }
  /// A group of one small record: item "item", value `value`.
  std::uint64_t write_value(std::int64_t value) { return write(made_record("key", "collection", "item", value)); }

  [[nodiscard]] static std::string path(const std::string& name) {
    return std::string(kBase) + "/" + kDate + "/" + name;
  }
  [[nodiscard]] std::string content(const std::string& name) const { return disk.content(path(name)).value(); }
  /// Makes or replaces a file.
  void put(const std::string& name, const std::string& bytes) {
    if (!date->contains(name)) {
      date->open(name, os::OpenMode::create)->sync();
      date->sync();
    }
    disk.set_content(path(name), bytes);
  }
  [[nodiscard]] std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const os::DirectoryEntry& entry : date->list()) all.push_back(entry.name);
    return all;
  }

  std::string store_id = kStoreId;
  SimulatedDisk disk;
  SimulatedClock clock;
  SteppedBackground background;
  std::unique_ptr<os::Directory> base;
  std::unique_ptr<os::Directory> date;
  std::unique_ptr<wal::SegmentWriter> writer;
};

}  // namespace cfp::support
